package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/pifr-go/pifr/fspfm/pack"
)

// peerFiles are the peers' scripts and their exact requirements.
//
//go:embed peer/*.py peer/*.txt
var peerFiles embed.FS

// peerNames lists the peers.
var peerNames = []string{onnxruntimeName, "torch", opencvName, faissName}

// install makes sure that a virtual environment in the user's cache directory holds what
// the peer needs, and returns its interpreter and the script to run. The first time it
// creates the environment and downloads the pinned packages; afterwards it touches
// nothing. pack.NoInstallEnv forbids the download, to this program as to the engines.
func install(ctx context.Context, peer string, log io.Writer) (python, script string, err error) {
	if !slices.Contains(peerNames, peer) {
		return "", "", fmt.Errorf("unknown peer %q: want one of %v", peer, peerNames)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", fmt.Errorf("no cache directory: %w", err)
	}
	root := filepath.Join(cache, "pifr", "bench-venv")
	if peer == opencvName {
		root += "-" + peer // it wants another numpy than the others
	}
	if err := writeScripts(root); err != nil {
		return "", "", err
	}
	python = filepath.Join(root, "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(root, "Scripts", "python.exe")
	}
	script = filepath.Join(root, "peer.py")
	want, err := peerFiles.ReadFile("peer/" + peer + ".txt")
	if err != nil {
		return "", "", err
	}
	done := filepath.Join(root, "installed-"+peer)
	if have, err := os.ReadFile(done); err == nil && string(have) == string(want) {
		return python, script, nil
	}
	if v := os.Getenv(pack.NoInstallEnv); v != "" && v != "0" {
		return "", "", fmt.Errorf("it is not installed and %s forbids that: unset it once, or run with -peers none", pack.NoInstallEnv)
	}
	if _, err := os.Stat(python); err != nil {
		if err := create(ctx, root, log); err != nil {
			return "", "", err
		}
	}
	if err := requirements(ctx, root, python, peer, log); err != nil {
		return "", "", err
	}
	return python, script, os.WriteFile(done, want, 0o644)
}

// writeScripts puts the embedded scripts into the environment, over any from an earlier
// version.
func writeScripts(root string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	entries, err := peerFiles.ReadDir("peer")
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, err := peerFiles.ReadFile("peer/" + e.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, e.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func create(ctx context.Context, root string, log io.Writer) error {
	for _, name := range []string{"python3", "python"} {
		system, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		fmt.Fprintf(log, "bench: creating a Python environment in %s\n", root)
		if err := command(ctx, log, system, "-m", "venv", root); err != nil {
			return fmt.Errorf("create a virtual environment (Debian and Ubuntu: install python3-venv): %w", err)
		}
		return nil
	}
	return fmt.Errorf("no python3 on the PATH: install Python 3.11 or later, or run with -peers none")
}

// requirements installs the peer's pinned packages.
func requirements(ctx context.Context, root, python, peer string, log io.Writer) error {
	fmt.Fprintf(log, "bench: installing %s into %s\n", peer, root)
	err := command(ctx, log, python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet",
		"-r", filepath.Join(root, peer+".txt"))
	if err != nil {
		return fmt.Errorf("install the packages (is the network reachable? -peers none goes on without): %w", err)
	}
	return nil
}

func command(ctx context.Context, log io.Writer, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = log, log
	return c.Run()
}
