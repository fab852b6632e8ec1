package policy

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// zones are the time zones that rules have named. Rules name them literally, so
// that there are no more than the rules have.
var zones sync.Map // string to *time.Location

// locate finds a time zone by its name (Europe/Berlin, UTC) or its offset
// (+01:00). The zone of the machine is none: it is another one elsewhere.
func locate(name string) (*time.Location, error) {
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location), nil
	}
	l, err := zone(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, l)
	return l, nil
}

func zone(name string) (*time.Location, error) {
	unknown := fmt.Errorf("%q is no time zone", name)
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		t, err := time.Parse("-07:00", name)
		if err != nil {
			return nil, unknown
		}
		_, seconds := t.Zone()
		return time.FixedZone(name, seconds), nil
	}
	if name == "" || strings.EqualFold(name, "local") {
		return nil, unknown
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, unknown
	}
	return l, nil
}
