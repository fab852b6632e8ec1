package journal

import (
	"errors"
	"fmt"
	"time"
)

// A Mode says what a journal is opened for.
type Mode string

// The modes.
const (
	ReadOnly Mode = "read" // beside a writer, if there is one; methods that record fail
	Write    Mode = "write"
)

// A Config says which journal to open, and on whose behalf.
type Config struct {
	// Path is that of a file, which is created when there is none, or a URL
	// postgres://user@host/database?search_path=schema: one schema holds one
	// journal, and it is filled when it is empty.
	Path        string
	Environment string // whose records are read and written
	Merchant    string // the same
	Mode        Mode

	// Pin is the id that the journal must have; "" accepts any. A pinned
	// journal is never created.
	Pin string

	Actor       string           // who works, for the record
	ToolVersion string           // with what, for the record
	Now         func() time.Time // defaults to time.Now

	// Written is told of every durable write, with how many there were, before
	// those who wait for it; it may be nil.
	Written func(n int64)

	// LockTimeout is for how long Open waits for another process that works
	// with the journal; 0 fails at once. Waiting, which may be nil, is told
	// once, and why, when it begins to wait.
	LockTimeout time.Duration
	Waiting     func(err error)

	// Brief says that this process keeps the journal for a moment, and makes no
	// calls: others wait for it as if they were told to.
	Brief bool

	// Lease is for how long another process is kept out by the last word of
	// one that died, and CallTimeout how long a call that it had sent may
	// still be on its way: whoever takes over waits for both. They concern
	// PostgreSQL alone, and default to three minutes and one.
	Lease       time.Duration
	CallTimeout time.Duration

	patience time.Duration // with a server, for a statement
}

// leaseMinimum is the shortest lease: what is stored has no finer unit than a
// microsecond, and a ninth of it is the pause between renewals.
const leaseMinimum = 10 * time.Millisecond

// check refuses a configuration that names no journal or nobody's records, and
// fills in what is not said.
func (c *Config) check() error {
	switch {
	case c.Path == "":
		return errors.New("open journal: no path: set PAYRECONCILE_JOURNAL or the configuration's journal")
	case c.Environment == "":
		return errors.New("open journal: no environment: a journal keeps the records of each apart")
	case c.Merchant == "":
		return errors.New("open journal: no merchant id: a journal keeps the records of each apart")
	case c.Mode != ReadOnly && c.Mode != Write:
		return errors.New("open journal: no mode: open it for reading or for writing")
	case c.Lease != 0 && c.Lease < leaseMinimum:
		return fmt.Errorf("open journal: a lease of %v is too short to be renewed in time", c.Lease)
	case c.CallTimeout < 0:
		return fmt.Errorf("open journal: a call timeout of %v is none", c.CallTimeout)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Brief {
		c.Lease, c.CallTimeout = 10*time.Second, 0
	}
	if c.Lease == 0 {
		c.Lease = 3 * time.Minute
	}
	if c.CallTimeout == 0 && !c.Brief {
		c.CallTimeout = time.Minute
	}
	if c.patience == 0 {
		c.patience = time.Minute
	}
	c.Actor, c.ToolVersion = clean(c.Actor), clean(c.ToolVersion)
	return nil
}
