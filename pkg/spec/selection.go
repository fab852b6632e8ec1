package spec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Selection says which of the declared payments are meant. It is recorded in
// plans as its JSON form. A nil Selection selects every payment; so does the
// zero one. A Selection does not change once made and is safe for concurrent
// use.
type Selection struct {
	selectors        []selector
	excludeSelectors []selector
	ids              idSet
	excludes         idSet
	only             bool // ids were given: no other payment is selected
}

// SelectionArgs is what a command line says of a selection.
type SelectionArgs struct {
	Selectors        []string // "desk=eu,team!=b": all of all must hold for the manifest's labels
	ExcludeSelectors []string // leaves out where all terms of any one hold
	Payments         []string // ids in any spelling
	Exclude          []string
	IDsFile          io.Reader // more ids, one a line; blank lines and lines that start with # are skipped
	IDsFileName      string    // for messages
}

// NewSelection reads a selection. All faults of the arguments are reported
// together, as Errors.
func NewSelection(a SelectionArgs) (*Selection, error) {
	var faults faultList
	s := &Selection{only: len(a.Payments) > 0 || a.IDsFile != nil}
	s.selectors = parseSelectors(a.Selectors, "selector", &faults)
	s.excludeSelectors = parseSelectors(a.ExcludeSelectors, "exclude-selector", &faults)
	for _, text := range a.Payments {
		s.ids.parse(text, Pos{File: "payment"}, &faults)
	}
	for _, text := range a.Exclude {
		s.excludes.parse(text, Pos{File: "exclude"}, &faults)
	}
	if a.IDsFile != nil {
		if err := s.ids.read(a.IDsFile, a.IDsFileName, &faults); err != nil {
			return nil, fmt.Errorf("read ids file %s: %w", a.IDsFileName, err)
		}
		if len(s.ids.list) == 0 {
			faults.add(0, &Error{Pos: Pos{File: a.IDsFileName}, Msg: "file names no payment", Hint: "write one payment id a line"})
		}
	}
	if err := faults.errors(); err != nil {
		return nil, err
	}
	return s, nil
}

// All reports that every payment is selected.
func (s *Selection) All() bool {
	return s == nil || (!s.only && len(s.selectors)+len(s.excludeSelectors)+len(s.excludes.list) == 0)
}

// Match reports that p is selected: named, if any payments are named; under a
// manifest whose labels fit every selector; and not excluded. Ids compare by
// their base.
func (s *Selection) Match(p *Payment) bool {
	if s.All() {
		return true
	}
	if s.only && !s.ids.has(p.ID) || s.excludes.has(p.ID) {
		return false
	}
	var labels map[string]string
	if p.Manifest != nil {
		labels = p.Manifest.Labels
	}
	for _, sel := range s.selectors {
		if !sel.match(labels) {
			return false
		}
	}
	return !slices.ContainsFunc(s.excludeSelectors, func(sel selector) bool { return sel.match(labels) })
}

// String returns the selection as flags; "all payments" when there are none.
// More than a few ids are counted instead of listed.
func (s *Selection) String() string {
	if s.All() {
		return "all payments"
	}
	var parts []string
	flag := func(name string, values []string) {
		if len(values) > 5 {
			parts = append(parts, fmt.Sprintf("%s (%d ids)", name, len(values)))
			return
		}
		for _, v := range values {
			parts = append(parts, name+" "+v)
		}
	}
	r := s.record()
	flag("--selector", r.Selectors)
	flag("--exclude-selector", r.ExcludeSelectors)
	flag("--payment", r.Payments)
	flag("--exclude", r.Exclude)
	return strings.Join(parts, " ")
}

// record is the JSON form. Payments hold canonical ids, sorted, so that one
// selection has one form however it was given.
type record struct {
	Exclude          []string `json:"exclude,omitempty"`
	ExcludeSelectors []string `json:"excludeSelectors,omitempty"`
	Payments         []string `json:"payments,omitempty"`
	Selectors        []string `json:"selectors,omitempty"`
}

func (s *Selection) record() record {
	if s == nil {
		return record{}
	}
	text := func(list []selector) []string {
		var all []string
		for _, sel := range list {
			all = append(all, sel.String())
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return record{
		Exclude: s.excludes.sorted(), ExcludeSelectors: text(s.excludeSelectors),
		Payments: s.ids.sorted(), Selectors: text(s.selectors),
	}
}

// MarshalJSON returns the canonical form: sorted keys and ids.
func (s *Selection) MarshalJSON() ([]byte, error) { return json.Marshal(s.record()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Selection) UnmarshalJSON(data []byte) error {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("read selection: %w", err)
	}
	got, err := NewSelection(SelectionArgs{
		Selectors: r.Selectors, ExcludeSelectors: r.ExcludeSelectors, Payments: r.Payments, Exclude: r.Exclude,
	})
	if err != nil {
		return fmt.Errorf("read selection: %w", err)
	}
	*s = *got
	return nil
}

// An idSet is a set of payments by base id, which remembers how each was given.
type idSet struct {
	index map[string]int // base → index in list
	list  []givenID
}

type givenID struct {
	base, text string
	pos        Pos
}

func (s *idSet) has(id PaymentID) bool {
	_, ok := s.index[id.Base()]
	return ok
}

func (s *idSet) parse(text string, pos Pos, faults *faultList) {
	id, err := ParsePaymentID(text)
	if err != nil {
		faults.add(0, at(err, pos, ""))
		return
	}
	if s.has(id) {
		return
	}
	if s.index == nil {
		s.index = map[string]int{}
	}
	s.index[id.Base()] = len(s.list)
	s.list = append(s.list, givenID{id.Base(), text, pos})
}

func (s *idSet) read(r io.Reader, name string, faults *faultList) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text != "" && text[0] != '#' {
			s.parse(text, Pos{name, n, 1}, faults)
		}
	}
	return lines.Err()
}

func (s *idSet) sorted() []string {
	var all []string
	for _, g := range s.list {
		all = append(all, g.base)
	}
	slices.Sort(all)
	return all
}
