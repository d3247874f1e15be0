//go:build !unix

package pgtest

import "syscall"

func unprivileged() bool { return false }

func giveAway(string) error { return nil }

func attributes() *syscall.SysProcAttr { return nil }
