package main

import (
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/keys"
)

// manageKeys is the command keys.
func manageKeys(args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("server keys", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: server keys [-keys FILE] new read|write|admin\n       server keys [-keys FILE] list\n       server keys [-keys FILE] revoke ID")
		f.PrintDefaults()
	}
	path := f.String("keys", "keys.json", "the file")
	if err := f.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	file, err := keys.Open(*path)
	if err != nil {
		return err
	}
	switch {
	case f.NArg() == 2 && f.Arg(0) == "new":
		token, k, err := file.New(keys.Role(f.Arg(1)))
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "key %s of role %s; this is the only time that it is shown:\n", k.ID, k.Role)
		fmt.Fprintln(stdout, token)
		return nil
	case f.NArg() == 1 && f.Arg(0) == "list":
		for _, k := range file.All() {
			fmt.Fprintf(stdout, "%s  %-5s  %s\n", k.ID, k.Role, k.Created.Format(time.RFC3339))
		}
		return nil
	case f.NArg() == 2 && f.Arg(0) == "revoke":
		return file.Revoke(f.Arg(1))
	}
	f.Usage()
	return fmt.Errorf("%w: %q", errUsage, f.Args())
}
