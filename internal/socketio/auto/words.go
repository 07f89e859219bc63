package auto

import (
	"slices"
	"strings"
	"unicode"
)

// split returns the words of an event's name, in small letters: joinRoom, JOIN_ROOM and join-room
// have the same ones.
func split(name string) (words []string) {
	runes := []rune(name)
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
		}
		word = nil
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if unicode.IsUpper(r) && i > 0 {
			afterSmall := !unicode.IsUpper(runes[i-1])
			beforeSmall := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if afterSmall || beforeSmall {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	return words
}

// joins reports whether an event of these words joins a room. What has happened, as joined, does not,
// nor what makes a description.
func joins(words []string) bool {
	for i, word := range words {
		for _, verb := range []string{"join", "enter", "subscribe", "create"} {
			rest, ok := strings.CutPrefix(word, verb)
			if !ok || rest == "d" || strings.HasPrefix(rest, "ed") {
				continue
			}
			if rest == "" && i+1 < len(words) {
				rest = words[i+1]
			}
			if verb != "create" || rest != "offer" && rest != "answer" {
				return true
			}
		}
	}
	return false
}

// leaves reports whether an event of these words leaves its rooms.
func leaves(words []string) bool {
	return len(words) > 0 && (slices.Contains([]string{"leave", "part", "hangup", "bye"}, words[0]) ||
		len(words) > 1 && words[0] == "hang" && words[1] == "up")
}

// style is how an event's name is written, after what stands between its words.
type style string

const (
	oneWord style = ""
	camel   style = "a"
	dash    style = "-"
	space   style = " "
	colon   style = ":"
	score   style = "_"
)

func styleOf(name string) style {
	for _, s := range []style{colon, space, score, dash} {
		if strings.Contains(strings.Trim(name, string(s)), string(s)) {
			return s
		}
	}
	if len(split(name)) > 1 {
		return camel
	}
	return oneWord
}

// A client listens under one name, and nobody knows which: so all are told under several, but three
// at most, as each is one more post for each member of a room.

// listed are the names under which one is told who is there.
func (s style) listed() []string {
	switch s {
	case dash:
		return []string{"all-users"}
	case colon:
		return []string{"all:users"}
	case score:
		return []string{"all_users"}
	case camel:
		return []string{"allUsers"}
	case space:
		return []string{"all users"}
	}
	return []string{"all users", "all-users"}
}

// joined are the names under which others are told of one that joins. There is no "user joined" among
// them: clients of group calls expect a signal in it.
func (s style) joined() []string {
	switch s {
	case dash:
		return []string{"user-joined", "user-connected", "peer-joined"}
	case space:
		return []string{"new user", "new user joined"}
	case colon:
		return []string{"user:joined"}
	case score:
		return []string{"welcome", "user_joined"}
	case camel:
		return []string{"welcome", "userJoined"}
	}
	return []string{"user-joined", "new user", "welcome"}
}

// left are the names under which others are told of one that leaves.
func (s style) left() []string {
	switch s {
	case dash:
		return []string{"user-left", "user-disconnected", "peer-left"}
	case space:
		return []string{"user left"}
	case colon:
		return []string{"user:left"}
	case score:
		return []string{"user_left"}
	case camel:
		return []string{"userLeft"}
	}
	return []string{"user-left", "user left", "user-disconnected"}
}
