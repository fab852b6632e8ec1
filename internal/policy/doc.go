// Package policy holds plans against the rules of a house: which calls are not
// allowed, and how many people have to approve a plan.
//
// A policy is a YAML file of rules, and a rule is an expression in CEL (Common
// Expression Language) that is asked about every call, about every payment or
// about the plan as a whole. What is true of it denies, or asks for approvals.
// What cannot be found out (a division by zero, a label that is not there, an
// overflow, too much work) denies.
//
// Amounts are whole minor units of one currency, as everywhere: there is no
// number with a point in a rule, and minor("500.00 EUR") is read exactly.
package policy
