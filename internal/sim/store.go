package sim

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A StoreConfig says how a store behaves.
type StoreConfig struct {
	ID string
	// Group returns how long the n-th group of records takes from its first
	// record until it is durable; nil makes every record durable at once.
	Group func(n uint64) time.Duration
	// Lease is how long a process may work without renewing its lease; 0 is a
	// lock that lives as long as the process.
	Lease time.Duration
	// CallTimeout is what a process waits out beyond the lease of one that is
	// gone without a word.
	CallTimeout time.Duration
}

// A Store is what a journal leaves on storage: it outlives the processes. A
// record becomes durable when its group does; a crash loses what is not, or a
// part of it from the end.
type Store struct {
	cfg StoreConfig

	mu      sync.Mutex
	records []record
	view    *view
	holder  *Journal
	fence   int64
	free    time.Time // from when a process may take the place of one that crashed
	groups  uint64
	closes  time.Time // when the newest group becomes durable
	waiters int       // for it
}

// A recordKind says what a record is of.
type recordKind uint8

const (
	intentRecord recordKind = iota
	outcomeRecord
	echoRecord
	planRecord
	finishRecord
)

// A record is one line of a journal.
type record struct {
	kind    recordKind
	seq     int64
	fence   int64
	at      time.Time // by the clock of the process
	durable time.Time
	intent  plan.Intent
	of      int64 // the intent of an outcome
	outcome apply.Outcome
	op      spec.Op
	plan    apply.PlanRecord
	bytes   []byte
}

// NewStore returns an empty store.
func NewStore(cfg StoreConfig) *Store { return &Store{cfg: cfg, view: newView()} }

// Open opens the store for writing, as a new process. It is refused with
// apply.ErrLocked while another one may work with it.
func (s *Store) Open() (*Journal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch h := s.holder; {
	case h != nil && (s.cfg.Lease == 0 || h.lease() > 0):
		return nil, apply.ErrLocked
	case h != nil:
		if s.free = h.renewed.Add(s.cfg.Lease + s.cfg.CallTimeout); now.Before(s.free) {
			return nil, apply.ErrLocked
		}
		h.ended = true
	case now.Before(s.free):
		return nil, apply.ErrLocked
	}
	s.fence++
	s.holder = &Journal{s: s, fence: s.fence, born: s.view.seq, renewed: now}
	return s.holder, nil
}

// Close waits until every record is durable, and lets others work with the
// store.
func (j *Journal) Close() error {
	j.s.mu.Lock()
	left := time.Until(j.s.closes)
	j.s.mu.Unlock()
	if left > 0 {
		time.Sleep(left + 1)
	}
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	j.leave(time.Now())
	return nil
}

func (j *Journal) leave(free time.Time) {
	if j.s.holder == j {
		j.s.holder, j.s.free = nil, free
	}
	j.ended = true
}

// Crash ends the process that has the journal open. Of its records that are not
// durable it keeps the first so many.
func (j *Journal) Crash(keep func(n int) int) (lost int) {
	s := j.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.ended {
		return 0
	}
	now := time.Now()
	j.lease()
	free := now
	if s.cfg.Lease > 0 {
		free = j.renewed.Add(s.cfg.Lease + s.cfg.CallTimeout)
	}
	j.leave(free)
	durable := len(s.records)
	for durable > 0 && s.records[durable-1].durable.After(now) && s.records[durable-1].fence == j.fence {
		durable--
	}
	flying := len(s.records) - durable
	if flying == 0 {
		return 0
	}
	kept := keep(flying + 1)
	s.records = s.records[:durable+kept]
	s.closes = now
	s.view = newView()
	for i := range s.records {
		s.records[i].durable = minTime(s.records[i].durable, now)
		s.view.add(&s.records[i])
	}
	return flying - kept
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// append adds a record, and returns its number and a function that waits until
// it is durable.
func (s *Store) append(j *Journal, r record) (int64, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	r.fence = j.fence
	switch {
	case j.trouble.has(now):
		return 0, nil, errUnreachable
	case s.cfg.Lease == 0 && j.ended:
		return 0, nil, errors.New("the journal is closed")
	case s.holder != j && (r.kind != outcomeRecord || !s.owns(j, r.of)):
		return 0, nil, errFenced
	}
	if err := s.view.allows(j, &r); err != nil {
		return 0, nil, err
	}
	r.seq = s.view.seq + 1
	if r.kind == planRecord {
		r.seq += int64(len(r.plan.Approvals)) + s.view.unfinished() // each, and each that it ends, has a number, too
	}
	r.durable = s.group(now)
	s.records = append(s.records, r)
	s.view.add(&s.records[len(s.records)-1])
	s.waiters++
	until, turn := r.durable, time.Duration(s.waiters)
	return r.seq, func() {
		if left := time.Until(until); left > 0 {
			time.Sleep(left + turn) // those of one group go on one after the other
		}
	}, nil
}

// owns reports that an intent is one of the process's own.
func (s *Store) owns(j *Journal, seq int64) bool {
	for i := range s.records {
		if r := &s.records[i]; r.kind == intentRecord && r.seq == seq {
			return r.fence == j.fence
		}
	}
	return false
}

// group returns when a record that is added now becomes durable.
func (s *Store) group(now time.Time) time.Time {
	if s.cfg.Group == nil {
		return now
	}
	if !now.Before(s.closes) {
		s.groups++
		s.closes, s.waiters = now.Add(s.cfg.Group(s.groups)), 0
	}
	return s.closes
}

// Durable returns the intents that a crash at this moment would leave, by
// payment.
func (s *Store) Durable() map[string][]plan.Intent {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	v := s.view
	if now.Before(s.closes) {
		v = newView()
		for i := range s.records {
			if !s.records[i].durable.After(now) {
				v.add(&s.records[i])
			}
		}
	}
	out := make(map[string][]plan.Intent, len(v.byBase))
	for base, intents := range v.byBase {
		for _, in := range intents {
			out[base] = append(out[base], *in)
		}
	}
	return out
}

// invalid says what cannot be an intent.
func invalid(i plan.Intent) error {
	switch {
	case i.Payment == "", i.Op == "", i.Currency == "", i.Attempt < 1, i.Key == "", len(i.Key) > 40,
		i.Amount < 1, i.Amount > spec.MaxMinor, !utf8.ValidString(i.Ref), strings.ContainsRune(i.Ref, 0):
		return fmt.Errorf("record the intent: %+v cannot be one", i)
	}
	return nil
}
