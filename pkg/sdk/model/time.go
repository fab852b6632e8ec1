package model

import (
	"fmt"
	"time"
)

// A Date is a calendar day as the API writes it, "2026-11-22". It keeps the text
// that it was given, so that an unusual answer is never a reason to lose the rest
// of the body; [Date.Time] says whether it is a day.
type Date string

// NewDate returns the day of t in the location of t.
func NewDate(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Time returns midnight UTC of the day.
func (d Date) Time() (time.Time, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}, fmt.Errorf("read date: %q is not YYYY-MM-DD", string(d))
	}
	return t, nil
}

// A DateTime is a moment as the API writes it in ISO 8601, with a fraction of any
// length and Z or an offset: "2026-11-22T09:51:27.9529667+01:00". It keeps the
// text that it was given; [DateTime.Time] reads it.
type DateTime string

// NewDateTime returns t as the API reads it, to the nanosecond.
func NewDateTime(t time.Time) DateTime { return DateTime(t.Format(time.RFC3339Nano)) }

// Time returns the moment. An offset may be written with or without a colon, and
// a text without one is read as UTC. Digits beyond the nanosecond are dropped.
func (d DateTime) Time() (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, string(d)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("read moment: %q is not an ISO 8601 date and time", string(d))
}
