package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Bounds of what is read for proposals.
const (
	completionPayments = 5_000
	completionBytes    = 4 << 20
)

// paymentIDs proposes the payments of the manifests that stand on the command
// line, with their references, but for those that the flag has already.
func (e *env) paymentIDs(flag string) completer {
	return func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		given := map[string]bool{}
		if ids, err := c.Flags().GetStringArray(flag); err == nil {
			for _, id := range ids {
				given[spec.BaseOf(id)] = id != begun
			}
		}
		var ids []cobra.Completion
		for p := range declared(c.Context(), args) {
			if !strings.HasPrefix(string(p.ID), begun) || given[p.ID.Base()] {
				continue
			}
			if id, ok := proposal(string(p.ID), p.MerchantReference); ok {
				ids = append(ids, id)
			}
		}
		return distinct(ids), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// labels proposes the labels of the manifests that stand on the command line
// as the next term of a selector: name=value, or name!=value once that begun.
func (e *env) labels(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before, term := "", begun
	if i := strings.LastIndexByte(begun, ','); i >= 0 {
		before, term = begun[:i+1], begun[i+1:]
	}
	sign := "="
	if name, _, _ := strings.Cut(term, "="); strings.HasSuffix(name, "!") {
		sign = "!="
	}
	terms := map[string]bool{}
	for p := range declared(c.Context(), args) {
		for name, value := range p.Manifest.Labels {
			terms[name+sign+value] = true
		}
	}
	var proposals []cobra.Completion
	for _, t := range slices.Sorted(maps.Keys(terms)) {
		if !strings.HasPrefix(t, term) {
			continue
		}
		if text, ok := proposal(before+t, ""); ok {
			proposals = append(proposals, strings.TrimSpace(text))
		}
	}
	return proposals, cobra.ShellCompDirectiveNoFileComp
}

// declared yields the payments of manifests, as many as can be read in the
// time that a shell waits. Faults are none of its business, and what can only
// be read once, such as standard input, is not read.
func declared(ctx context.Context, args []string) func(yield func(*spec.Payment) bool) {
	return func(yield func(*spec.Payment) bool) {
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completionTime)
		defer cancel()
		left := completionPayments
		for p, err := range spec.Decode(ctx, spec.SourcesOf(beginnings(args)...), spec.Options{}) {
			if err != nil || left == 0 || !yield(p) {
				return
			}
			left--
		}
	}
}

// beginnings are the first bytes of the manifests that arguments name.
func beginnings(args []string) (srcs []*spec.Source) {
	left := int64(completionBytes)
	for _, arg := range args {
		names := []string{arg}
		if info, err := os.Stat(arg); err == nil && info.IsDir() {
			names = nil
			for _, pattern := range []string{"*.yaml", "*.yml"} {
				entries, _ := os.ReadDir(arg)
				for _, entry := range entries {
					if ok, _ := filepath.Match(pattern, entry.Name()); ok && !strings.HasPrefix(entry.Name(), ".") {
						names = append(names, filepath.Join(arg, entry.Name()))
					}
				}
			}
			slices.Sort(names)
		}
		for _, name := range names {
			text, read := beginning(name, left)
			if left -= read; text != "" {
				srcs = append(srcs, spec.Inline(name, text))
			}
		}
	}
	return srcs
}

// beginning returns whole lines from the start of a regular file, "" when it
// cannot be read, and how many bytes it took to find them.
func beginning(name string, limit int64) (text string, read int64) {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return "", 0
	}
	f, err := os.Open(name)
	if err != nil {
		return "", 0
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return "", 0
	}
	if read = int64(len(data)); read == limit {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	return string(data), read
}
