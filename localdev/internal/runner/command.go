package runner

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Command splits a command line into its words, as a shell does with spaces and quotes and nothing else: no variables,
// no patterns. The first word becomes the absolute path of the program, found in dir or on the PATH.
func Command(line, dir string) ([]string, error) {
	words, err := split(line)
	if err != nil {
		return nil, fmt.Errorf("command %q: %w", line, err)
	}
	if len(words) == 0 {
		return nil, errors.New("no command")
	}
	if strings.ContainsAny(words[0], "/"+string(filepath.Separator)) && !filepath.IsAbs(words[0]) {
		words[0] = filepath.Join(dir, filepath.FromSlash(words[0]))
	}
	if words[0], err = exec.LookPath(words[0]); err != nil {
		return nil, fmt.Errorf("command %q: %w", line, err)
	}
	if words[0], err = filepath.Abs(words[0]); err != nil {
		return nil, fmt.Errorf("command %q: %w", line, err)
	}
	return words, nil
}

func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord := false
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a %c that is not closed", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
