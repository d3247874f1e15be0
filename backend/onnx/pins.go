//go:build onnx && cgo

package onnx

import (
	"runtime"

	"github.com/pifr-go/pifr/internal/fetch"
)

const (
	host    = runtime.GOOS + "/" + runtime.GOARCH
	version = "1.32.0" // of ONNX Runtime
)

// bundles are the libraries that pip can fetch, by host. The wheels hold the same library
// for every version of Python; fixing one fixes the hash.
var bundles = map[string]fetch.Bundle{
	"linux/amd64": wheel("manylinux_2_28_x86_64", 27773237,
		"5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
		fetch.Member{
			Path: "libonnxruntime.so." + version, Name: "libonnxruntime.so", Size: 34824680,
			SHA256: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
		}),
	"linux/arm64": wheel("manylinux_2_28_aarch64", 23195070,
		"2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
		fetch.Member{
			Path: "libonnxruntime.so." + version, Name: "libonnxruntime.so", Size: 27165936,
			SHA256: "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
		}),
	"darwin/arm64": wheel("macosx_14_0_arm64", 22506162,
		"366b9e53d07812cc5c92822cecf7563b76a8a0f32ba3bb8dd232a206ac3bcb6c",
		fetch.Member{
			Path: "libonnxruntime." + version + ".dylib", Name: "libonnxruntime.dylib", Size: 35272344,
			SHA256: "fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7",
		}),
	"windows/amd64": wheel("win_amd64", 16695880,
		"d7e0c45cc5f456ad7805e6dd256a7662736cda9c2fd17becae194eb3c2f6df72",
		fetch.Member{
			Path: "onnxruntime.dll", Name: "onnxruntime.dll", Size: 22668640,
			SHA256: "e9feebaed867b76f741c14ae64e056a3da64a153a61994f1fb48eadc7f9b3ba8",
		}),
	"windows/arm64": wheel("win_arm64", 16027290,
		"23361cdf98afac352d10aa7d9e0a10ceaeb02d38430fb693c6eff370196db62d",
		fetch.Member{
			Path: "onnxruntime.dll", Name: "onnxruntime.dll", Size: 20798816,
			SHA256: "d3587771474d96427cc5683fa49440127e928622a5e9df0f3e24209ae1fc42ad",
		}),
}

// wheel is the bundle of one library from one wheel; the member's path is relative to the
// wheel's folder of libraries.
func wheel(platform string, size int64, sha256 string, library fetch.Member) fetch.Bundle {
	library.Path = "onnxruntime/capi/" + library.Path
	return fetch.Bundle{
		Name: "onnxruntime-" + version,
		Wheels: []fetch.Wheel{{
			Project: "onnxruntime", Version: version,
			File: "onnxruntime-" + version + "-cp311-cp311-" + platform + ".whl", Size: size, SHA256: sha256,
			Python: "3.11", ABI: "cp311", Platforms: []string{platform},
			Members: []fetch.Member{library},
		}},
	}
}
