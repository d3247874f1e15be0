//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged tells whether the server has to run as somebody else.
func unprivileged() bool { return os.Geteuid() == 0 }

// nobody is the user whom root runs servers as.
func nobody() (uid, gid int, err error) {
	u, err := user.Lookup("nobody")
	if err != nil {
		return 0, 0, fmt.Errorf("pgtest: PostgreSQL refuses root: %w", err)
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(u.Gid)
	return uid, gid, err
}

// giveAway makes nobody the owner of a folder, whose content everybody may read.
func giveAway(dir string) error {
	uid, gid, err := nobody()
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	return os.Chown(dir, uid, gid)
}

// attributes are those of the server's process.
func attributes() *syscall.SysProcAttr {
	if !unprivileged() {
		return nil
	}
	uid, gid, err := nobody()
	if err != nil {
		return nil // giveAway has said so
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
