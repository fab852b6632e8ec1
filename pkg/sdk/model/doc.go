// Package model holds the wire types of the Online Payments API, generated from
// its description.
//
// Optional values are pointers, slices or maps, so that absent differs from
// zero: new(int64(1250)) makes one in place. Amounts are pointers to int64 in
// the minor unit of their currency, even where the API requires them.
// Enumerations are typed texts that keep a value they do not know; fields that a
// type does not know are ignored.
package model
