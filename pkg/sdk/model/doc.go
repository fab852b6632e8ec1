// Package model holds the wire types of the Online Payments API, generated from
// its description.
//
// Optional values are pointers, slices or maps, so that absent differs from
// zero: new(int64(1250)) makes one in place. An [AmountOfMoney] is in the
// minor unit of its currency, and its amount is a pointer even though the API
// requires it; other amounts say what they are in.
// Required numbers and flags that are no amounts are no pointers: left out of a
// request they are sent as 0 or false, missing in an answer they read so.
// Enumerations are typed texts that keep a value they do not know; fields that a
// type does not know are ignored.
package model
