// Package sim tells stories of payments that go wrong, and holds each against
// the ledger of the platform.
//
// A story is drawn from a seed: payments and what is wished of them, a platform
// with a behaviour and faults of its own, and rounds in which processes plan,
// apply, resume and die, while clocks jump, people work in the portal, others
// edit the manifest, and a second process tries the same. Everything that is
// judged is real: decoder, planner, engine, gateway, SDK and the sandbox.
// Only the network and the journal are in memory, the latter with a model of
// what survives a crash.
//
// Time is virtual: a story runs in a bubble of testing/synctest. It is replayed
// exactly from its seed, by these rules: every choice is a hash of the seed, of
// what is chosen and of how often that was chosen before; no two events share an
// instant, for which all delays are drawn in nanoseconds; and what one payment
// goes through is traced by itself.
package sim
