package infra

import (
	"encoding/json"
	"errors"
	"fmt"
)

// checkICE reads the list as the functions do, which would not start with one that they cannot read.
func checkICE(list string) error {
	var servers []struct {
		URLs       json.RawMessage `json:"urls"`
		Username   string          `json:"username"`
		Credential string          `json:"credential"`
	}
	if json.Unmarshal([]byte(list), &servers) != nil {
		return errors.New(`iceServers: want a JSON list such as [{"urls":["stun:stun.example.org"]}]`)
	}
	for i, s := range servers {
		var one string
		var several []string
		if json.Unmarshal(s.URLs, &one) != nil && (json.Unmarshal(s.URLs, &several) != nil || len(several) == 0) {
			return fmt.Errorf("iceServers: entry %d: urls: want a string or a list of strings", i)
		}
	}
	return nil
}
