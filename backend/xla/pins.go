//go:build cgo

package xla

import (
	"runtime"

	"github.com/pifr-go/pifr/internal/fetch"
)

// host names this machine's kind as Go does, goxlaHost as go-xla's installer does.
const (
	host      = runtime.GOOS + "/" + runtime.GOARCH
	goxlaHost = runtime.GOOS + "_" + runtime.GOARCH
)

// pluginName is the plugin's path within its bundle. XLA looks for NVIDIA's libraries in
// "../nvidia" as seen from the plugin for CUDA, and go-xla in "nvidia" beside the
// plugin's folder: only this place suits both.
func pluginName(platform string) string {
	if platform == "cuda" {
		return "nvidia/pjrt_c_api_cuda_plugin.so"
	}
	return "pjrt_c_api_cpu_plugin.so"
}

// bundles are the plugins that pip can fetch, by platform and host. Both are built from
// the XLA of JAX 0.11.2.
var bundles = map[string]fetch.Bundle{
	"cpu linux/amd64": {
		Name: "xla-cpu-0.11.2",
		Wheels: []fetch.Wheel{{
			Project: "lammps-jax-pjrt-cpu", Version: "0.11.2",
			File:   "lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
			Size:   62711338,
			SHA256: "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
			Python: "3.12", Platforms: []string{"manylinux_2_27_x86_64"},
			Members: []fetch.Member{{
				Path:   "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
				Name:   pluginName("cpu"),
				Size:   201600336,
				SHA256: "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
			}},
		}},
	},
	"cuda linux/amd64": {
		Name: "xla-cuda13-0.11.2",
		Wheels: append([]fetch.Wheel{{
			Project: "jax-cuda13-pjrt", Version: "0.11.2",
			File:   "jax_cuda13_pjrt-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
			Size:   134162640,
			SHA256: "e5ff589d43064913bb74027682d89639c7ea48f9f81c2bae6fc75117e913f93e",
			Python: "3.12", Platforms: []string{"manylinux_2_27_x86_64"},
			Members: []fetch.Member{{
				Path:   "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
				Name:   pluginName("cuda"),
				Size:   411465856,
				SHA256: "43d3efd6fd43d8a5d9aa67176e830d81e4ad5fc19fda4ad09cdcc4aebd9f3920",
			}},
		}}, nvidia...),
		// go-xla tells XLA to look for ptxas and libdevice below "nvidia", which NVIDIA's
		// wheels keep in "nvidia/cu13".
		Links: []fetch.Link{{Name: "nvidia/bin", Target: "cu13/bin"}, {Name: "nvidia/nvvm", Target: "cu13/nvvm"}},
	},
}

// nvidia are the libraries that jax-cuda13-plugin 0.11.2 asks for, in the versions that
// were the newest when it was released.
var nvidia = []fetch.Wheel{
	{
		Project: "nvidia-cublas", Version: "13.8.0.4",
		File:   "nvidia_cublas-13.8.0.4-py3-none-manylinux_2_27_x86_64.whl",
		Size:   439317144,
		SHA256: "9f17797dfcc048694461f4e47de17d2e3c25adf172ef723d2db0a07cd8744b89",
		Python: "3.12", Platforms: []string{"manylinux_2_27_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cuda-cupti", Version: "13.4.92",
		File:   "nvidia_cuda_cupti-13.4.92-py3-none-manylinux_2_25_x86_64.whl",
		Size:   13058283,
		SHA256: "037b561575e6983bc4fe1caae644d7a296a8367f451bf6c2a3194f4d0765431c",
		Python: "3.12", Platforms: []string{"manylinux_2_25_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cuda-nvcc", Version: "13.4.92",
		File:   "nvidia_cuda_nvcc-13.4.92-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		Size:   47672022,
		SHA256: "a1f3bfb27299e060b444d5df1f4bcd762501326cf0fd3141ed61756816ab9a0e",
		Python: "3.12", Platforms: []string{"manylinux2014_x86_64", "manylinux_2_17_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cuda-runtime", Version: "13.4.92",
		File:   "nvidia_cuda_runtime-13.4.92-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		Size:   2494438,
		SHA256: "9641f797da20ce1dd8e779b6e96d08cf9ba564cec8e8225458811ee26423f3a5",
		Python: "3.12", Platforms: []string{"manylinux2014_x86_64", "manylinux_2_17_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cudnn-cu13", Version: "9.26.0.51",
		File:   "nvidia_cudnn_cu13-9.26.0.51-py3-none-manylinux_2_27_x86_64.whl",
		Size:   519150073,
		SHA256: "9c976d539786698c71d6bcdbe2053b7485fae062ff7e1215d2f2ff67b1a2149a",
		Python: "3.12", Platforms: []string{"manylinux_2_27_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cufft", Version: "12.4.0.43",
		File:   "nvidia_cufft-12.4.0.43-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		Size:   161750089,
		SHA256: "0e8385013596b112d29c9ce8c63dc575b308d77636c7169104e18714f03961a8",
		Python: "3.12", Platforms: []string{"manylinux2014_x86_64", "manylinux_2_17_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cusolver", Version: "12.3.4.7",
		File:   "nvidia_cusolver-12.3.4.7-py3-none-manylinux_2_27_x86_64.whl",
		Size:   246439468,
		SHA256: "225dd543c7b93ca22e62a35b5f4d8b4f9caa515733793925c05cdcf58da5cf02",
		Python: "3.12", Platforms: []string{"manylinux_2_27_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cusparse", Version: "12.8.6.72",
		File:   "nvidia_cusparse-12.8.6.72-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		Size:   170468146,
		SHA256: "a739f6ff51ea2a8a2990b267b9b4d3063a5d94890efb8ccf393bfcab9dd487aa",
		Python: "3.12", Platforms: []string{"manylinux2014_x86_64", "manylinux_2_17_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-nccl-cu13", Version: "2.31.2",
		File:   "nvidia_nccl_cu13-2.31.2-py3-none-manylinux_2_18_x86_64.whl",
		Size:   252442223,
		SHA256: "0bcaf0308854cb55fcc35af72e2c83143f3b71e65a4e865e2c586b1cdcdb5ae0",
		Python: "3.12", Platforms: []string{"manylinux_2_18_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-nvjitlink", Version: "13.4.92",
		File:   "nvidia_nvjitlink-13.4.92-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
		Size:   42452378,
		SHA256: "e0391f24ed94ec879b84e3da4d4ec320c879aff681f2c7a638462f7199284323",
		Python: "3.12", Platforms: []string{"manylinux2010_x86_64", "manylinux_2_12_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-cuda-nvrtc", Version: "13.4.92",
		File:   "nvidia_cuda_nvrtc-13.4.92-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
		Size:   53301733,
		SHA256: "5ce8c97b00b232c4f50c8c4b5a3b68cafee08bdb82ea86f2052ff01d03194f4a",
		Python: "3.12", Platforms: []string{"manylinux2010_x86_64", "manylinux_2_12_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-nvshmem-cu13", Version: "3.7.2",
		File:   "nvidia_nvshmem_cu13-3.7.2-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
		Size:   135397797,
		SHA256: "b9a4f843c62b5dded8ad33fd6d220e007dcd39f06cee549292f5ba14ce4c235c",
		Python: "3.12", Platforms: []string{"manylinux2014_x86_64", "manylinux_2_17_x86_64"}, Tree: "nvidia",
	},
	{
		Project: "nvidia-nvvm", Version: "13.4.92",
		File:   "nvidia_nvvm-13.4.92-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
		Size:   72604627,
		SHA256: "e4c81cb321dd9743bcf871c5e7e8fecd7f05dea607944426e102bdda8d49e137",
		Python: "3.12", Platforms: []string{"manylinux2010_x86_64", "manylinux_2_12_x86_64"}, Tree: "nvidia",
	},
}
