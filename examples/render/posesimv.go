package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
)

// writePoseSimV writes the benchmark, or goes on with it, and prints the hash that names
// it.
func writePoseSimV(ctx context.Context, dir string, c posesimv.Config) error {
	set, err := posesimv.New(c)
	if err != nil {
		return err
	}
	teller := tell.New(os.Stderr)
	sum, err := posesimv.Write(ctx, dir, set, teller.Of("faces"))
	teller.Close()
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command goes on: %w", err)
	}
	if err != nil {
		return err
	}
	c = set.Config()
	fmt.Printf("PoseSim-V %s, %d people, %d shots: %s\n", c.Tier, c.People, c.Shots, sum)
	return nil
}
