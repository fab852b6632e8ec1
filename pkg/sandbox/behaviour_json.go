package sandbox

import (
	"encoding/json"
	"fmt"
	"time"
)

// maxCount is the highest count that a Behaviour may set.
const maxCount = 1_000_000

// plainBehaviour is Behaviour without its methods; behaviourJSON shadows its
// durations by text such as "24h0m0s".
type (
	plainBehaviour Behaviour
	behaviourJSON  struct {
		*plainBehaviour
		SettleAfter span `json:"settleAfter"`
		ReadLag     span `json:"readLag"`
		ClockSkew   span `json:"clockSkew"`
		KeyWindow   span `json:"keyWindow"`
		FinalLife   span `json:"finalAuthorizationLife"`
		PreLife     span `json:"preAuthorizationLife"`
	}
)

// MarshalJSON writes durations as text such as "24h0m0s".
func (b Behaviour) MarshalJSON() ([]byte, error) {
	return json.Marshal(b.shadowed())
}

// UnmarshalJSON reads what MarshalJSON writes. A field that is absent keeps its
// value; an unknown one is an error.
func (b *Behaviour) UnmarshalJSON(data []byte) error {
	next := *b
	w := next.shadowed()
	if err := decodeStrict(data, &w); err != nil {
		return err
	}
	next.SettleAfter, next.ReadLag = time.Duration(w.SettleAfter), time.Duration(w.ReadLag)
	next.ClockSkew, next.KeyWindow = time.Duration(w.ClockSkew), time.Duration(w.KeyWindow)
	next.FinalAuthorizationLife, next.PreAuthorizationLife = time.Duration(w.FinalLife), time.Duration(w.PreLife)
	*b = next
	return nil
}

// shadowed is the form in JSON of b, which it shares.
func (b *Behaviour) shadowed() behaviourJSON {
	return behaviourJSON{
		(*plainBehaviour)(b), span(b.SettleAfter), span(b.ReadLag), span(b.ClockSkew), span(b.KeyWindow),
		span(b.FinalAuthorizationLife), span(b.PreAuthorizationLife),
	}
}

// A span is a duration that is text in JSON.
type span time.Duration

func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("read duration: %w", err)
	}
	*s = span(d)
	return nil
}
