package socketio

import (
	"slices"
	"strings"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// What sockets are listed under in the directory, all by namespace.
const (
	inRoom   = "r" // who is in a room
	byName   = "n" // who has an app's id
	everyone = "a" // who is connected to the namespace
	inQueue  = "q" // who waits for a partner
	moved    = "m" // to which connection a socket has come that was made on another
)

// named returns the directory's name for something of a kind in a namespace.
func named(kind, namespace, name string) directory.Name {
	return directory.Name{Space: Name, Name: kind + namespace + "\x00" + name}
}

// parts undoes named.
func parts(name directory.Name) (kind, namespace, of string) {
	if name.Space != Name || name.Name == "" {
		return "", "", ""
	}
	namespace, of, _ = strings.Cut(name.Name[1:], "\x00")
	return name.Name[:1], namespace, of
}

// listedAs returns what of a kind a connection is listed under in a namespace, in the order of names.
func listedAs(conn signaling.Connection, kind, namespace string) []string {
	names, _ := directory.ParseKeys(conn.Names) // one that is none is nobody's room
	var of []string
	for _, n := range names {
		if k, ns, name := parts(n); k == kind && ns == namespace {
			of = append(of, name)
		}
	}
	slices.Sort(of)
	return of
}

// allOf returns everything that a connection is listed under in a namespace.
func allOf(conn signaling.Connection, namespace string) []directory.Name {
	names, _ := directory.ParseKeys(conn.Names)
	return slices.DeleteFunc(names, func(n directory.Name) bool {
		kind, ns, _ := parts(n)
		return kind == "" || ns != namespace
	})
}
