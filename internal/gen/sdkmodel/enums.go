package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// enum is a closed list of values that one or several fields share.
type enum struct {
	Name   string
	Doc    []string
	Values []enumValue
}

type enumValue struct{ Name, Wire string }

// enumNames names the lists of values whose field name alone says too little
// and that several objects share.
var enumNames = map[string]string{
	"CaptureResponse.status":                                   "PaymentStatus",
	"PayoutResponse.status":                                    "PayoutStatus",
	"GetBatchStatusResponse.status":                            "BatchStatus",
	"GetHostedCheckoutResponse.status":                         "HostedCheckoutStatus",
	"MandateResponse.status":                                   "MandateStatus",
	"PaymentLinkResponse.status":                               "PaymentLinkStatus",
	"BatchMetadata.operationType":                              "BatchOperationType",
	"ThreeDSecureResults.flow":                                 "ThreeDSecureFlow",
	"ThreeDSecure.exemptionRequest":                            "ExemptionRequest",
	"SurchargeSpecificInput.mode":                              "SurchargeMode",
	"SurchargeForPaymentLink.surchargeMode":                    "PaymentLinkSurchargeMode",
	"SubsequentPaymentProduct5001SpecificInput.subsequentType": "BizumSubsequentType",
	"MandatePersonalInformation.title":                         "MandateTitle",
	"PaymentProductFieldDisplayElement.type":                   "DisplayElementType",
}

// enumsOf finds every enumeration of a schema and the type of each field that
// has one, by "Object.field". Fields of one name with the same values share a
// type, called after the field when that is clear, and after the object and the
// field otherwise.
func enumsOf(s *schema) ([]enum, map[string]string, error) {
	users, order := enumUsers(s)
	meanings := map[string]int{} // field name -> how many different lists it has
	for _, key := range order {
		meanings[users[key][0].field]++
	}
	taken := map[string]string{}
	for name := range s.Objects {
		taken[name] = "object " + name
	}
	byField := map[string]string{}
	var enums []enum
	for _, key := range order {
		e := enum{Name: enumName(users[key], meanings)}
		e.Doc = comment(e.Name+" is the type of "+usage(users[key])+". A value that is not listed here is kept as it came.", 77)
		for _, v := range users[key][0].values {
			e.Values = append(e.Values, enumValue{e.Name + valueName(v), v})
		}
		if err := e.claim(taken); err != nil {
			return nil, nil, err
		}
		for _, u := range users[key] {
			byField[u.String()] = e.Name
		}
		enums = append(enums, e)
	}
	slices.SortFunc(enums, func(a, b enum) int { return strings.Compare(a.Name, b.Name) })
	return enums, byField, nil
}

type enumUser struct {
	object, field string
	values        []string
}

func (u enumUser) String() string { return u.object + "." + u.field }

func enumUsers(s *schema) (map[string][]enumUser, []string) {
	users := map[string][]enumUser{}
	var order []string
	for _, o := range slices.Sorted(maps.Keys(s.Objects)) {
		fields := s.Objects[o].Fields
		for _, f := range slices.Sorted(maps.Keys(fields)) {
			c := fields[f].Constraints
			if c == nil || len(c.Enum) == 0 || fields[f].Type != "string" {
				continue
			}
			key := f + "\x00" + strings.Join(c.Enum, "\x00")
			if users[key] == nil {
				order = append(order, key)
			}
			users[key] = append(users[key], enumUser{o, f, c.Enum})
		}
	}
	return users, order
}

func enumName(users []enumUser, meanings map[string]int) string {
	for _, u := range users {
		if name, ok := enumNames[u.String()]; ok {
			return name
		}
	}
	u := users[0]
	if len(users) > 1 && meanings[u.field] == 1 {
		return goName(u.field)
	}
	return u.object + goName(u.field)
}

func usage(users []enumUser) string {
	names := make([]string, 0, len(users))
	for _, u := range users {
		names = append(names, u.object+"."+goName(u.field))
	}
	return list(names)
}

// claim reserves the names of the type and its constants, so that two
// enumerations or an object never meet.
func (e enum) claim(taken map[string]string) error {
	names := []string{e.Name}
	for _, v := range e.Values {
		names = append(names, v.Name)
	}
	for _, n := range names {
		if by, ok := taken[n]; ok {
			return fmt.Errorf("name enumeration %s: %s is taken by %s", e.Name, n, by)
		}
		taken[n] = "enumeration " + e.Name
	}
	return nil
}
