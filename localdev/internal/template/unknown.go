package template

import "strings"

// onlyOnAWS marks a string whose value is known at deployment only; it looks like the dynamic
// references of CloudFormation.
const onlyOnAWS = "{{resolve:"

// What stands behind the mark, in front of a name.
const (
	ofParameter = "parameter:"
	ofSSM       = "ssm:"
	ofExport    = "import:"
	ofStack     = "stack:"
	ofMacro     = "macro:"
)

// awsOnly is a value that only AWS knows.
func awsOnly(at pos, of, name string) *node { return textNode(at, onlyOnAWS+of+name+"}}") }

// unknown returns the first of some values that only AWS knows, nil if there is none. Whatever is
// made of it is not known either.
func unknown(values ...*node) *node {
	for _, v := range values {
		if v.scalar() && strings.Contains(v.text, onlyOnAWS) {
			return v
		}
	}
	return nil
}

// withoutValue returns the parameter that a text lacks the value of, "" if it lacks something else.
func withoutValue(text string) string {
	_, rest, found := strings.Cut(text, onlyOnAWS+ofParameter)
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(rest, "}}")
	return name
}

// onlyKnown says why a text has no value here, as the end of a sentence about it.
func onlyKnown(text string) string {
	if name := withoutValue(text); name != "" {
		return "depends on parameter " + name + ", which has no value: " + giveParameter(name)
	}
	return "is only known on AWS (" + text + "): write a value"
}

// giveParameter says how a parameter gets a value. One of a nested stack is named after that.
func giveParameter(name string) string {
	if stack, name, nested := strings.Cut(name, "."); nested {
		return "give it one in Parameters: " + name + " of the nested stack " + stack
	}
	return "give it one with -parameter " + name + "=VALUE"
}
