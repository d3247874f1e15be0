package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
)

// facesOfChange is how many faces a transaction adds.
const facesOfChange = 1000

// queriesOfPostgres is how many queries are sent together, besides one; queriesOfRecall of
// how many the recall is.
const queriesOfPostgres, queriesOfRecall = 32, 200

// efSearches are measured.
var efSearches = []int{40, 100, 200, 400}

// searchPostgres fills a database, searches it exactly, makes an index and searches by
// that. What is there from an earlier run is kept.
func searchPostgres(ctx context.Context, o options, report *galleryReport, stdout io.Writer) error {
	crowd := newCrowd(o.gallery.faces, o.gallery.length)
	models := gallery.Models{Fingerprint: "made up", FeatureLen: o.gallery.length, About: "bench"}
	schema := fmt.Sprintf("bench_%d_%d", o.gallery.faces, o.gallery.length)
	exact, err := postgres.Open(ctx, o.gallery.postgres, models, postgres.Options{Schema: schema})
	if err != nil {
		return err
	}
	defer exact.Close()
	if err := enrollCrowd(ctx, exact, crowd, o.gallery.faces, report); err != nil {
		return err
	}
	stores, names := []*postgres.Store{exact}, []string{"exact"}
	for i, ef := range efSearches {
		hnsw := &postgres.HNSW{M: 16, EfConstruction: 64, EfSearch: ef}
		begin := time.Now()
		s, err := postgres.Open(ctx, o.gallery.postgres, models, postgres.Options{Schema: schema, HNSW: hnsw})
		if err != nil {
			return err
		}
		defer s.Close()
		if i == 0 {
			report.Notes = append(report.Notes, fmt.Sprintf("HNSW with m = %d and ef_construction = %d was made in %.1f s", hnsw.M, hnsw.EfConstruction, time.Since(begin).Seconds()))
		}
		stores, names = append(stores, s), append(names, fmt.Sprint("HNSW, ef_search ", ef))
	}
	for _, n := range []int{1, queriesOfPostgres} {
		queries := crowd.queries(n)
		var all []*searcher
		for i, s := range stores {
			c, err := inPostgres(ctx, names[i], s, queries, crowd.queries(queriesOfRecall), o.gallery.length)
			if err != nil {
				return err
			}
			all = append(all, c)
		}
		if err := takeTurns(all, o, true, n, report); err != nil {
			return err
		}
	}
	return writeSearches(stdout, report)
}

// enrollCrowd adds everybody, unless they are there.
func enrollCrowd(ctx context.Context, s gallery.Store, c *crowd, faces int, report *galleryReport) error {
	_, there, err := s.Count(ctx)
	if err != nil || there == faces {
		return err
	}
	begin := time.Now()
	for first := there; first < faces; first += facesOfChange {
		err := s.Update(ctx, func(tx gallery.Tx) error {
			for i := first; i < min(first+facesOfChange, faces); i++ {
				person := strconv.Itoa(i / facesOfPerson)
				if i%facesOfPerson == 0 {
					if err := tx.PutPerson(ctx, gallery.Person{ID: person}); err != nil {
						return err
					}
				}
				if err := tx.PutFace(ctx, gallery.Face{ID: strconv.Itoa(i), Person: person, Feature: c.face(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	report.Notes = append(report.Notes, fmt.Sprintf("%d faces were enrolled in %.1f s, %d in a transaction", faces-there, time.Since(begin).Seconds(), facesOfChange))
	return nil
}

// inPostgres is a store as a contestant. What it finds is of other queries than those that
// are timed.
func inPostgres(ctx context.Context, name string, s gallery.Store, queries, others []float32, length int) (*searcher, error) {
	near, err := s.Nearest(ctx, split(others, length), nearestOf)
	if err != nil {
		return nil, err
	}
	features := split(queries, length)
	out := &searcher{name: name, run: clocked(func() error { _, err := s.Nearest(ctx, features, nearestOf); return err })}
	for _, list := range near {
		var ids []int64
		for _, n := range list {
			id, err := strconv.ParseInt(n.Face, 10, 64)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		out.found = append(out.found, ids)
	}
	return out, nil
}

func split(values []float32, length int) (rows [][]float32) {
	for first := 0; first < len(values); first += length {
		rows = append(rows, values[first:first+length])
	}
	return rows
}
