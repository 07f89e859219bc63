package signaling

// Terms are on which a room takes a peer.
type Terms struct {
	Seats     int  // of the room if the peer opens it; 0 leaves it to Default
	Default   int  // seats of a room whose opener left it to the service
	Inhabited bool // somebody has to be in the room already
	Vacant    bool // nobody may be in the room yet
	Passed    bool // a lock does not stop the peer
}

// Capacity is the number of seats of the room, by default as many.
func (r Room) Capacity(defaults int) int {
	if r.Seats > 0 {
		return r.Seats
	}
	return defaults
}

// terms are on which a room takes somebody with those rights; passed is somebody whom a host has let in.
func (s *Service) terms(rights Rights, passed bool) Terms {
	return Terms{
		Seats: rights.Seats, Default: s.Seats, Inhabited: rights.OnlyJoins, Passed: passed,
		Vacant: s.mustKnock(rights) && !passed,
	}
}

// mustKnock reports whether somebody with those rights has to be let into a room in which somebody is.
func (s *Service) mustKnock(rights Rights) bool {
	return s.Lobby && (s.FirstHosts || rights.Role != RoleHost)
}

// shut reports whether no room at all takes a peer on these terms: whoever has to be let in opens a room only to be its host.
func (s *Service) shut(t Terms) bool { return t.Vacant && (t.Inhabited || !s.FirstHosts) }
