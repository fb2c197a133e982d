package linkage

import (
	"strings"

	"github.com/reconkit/reconkit/dedupe/similar"
)

func (c *comparer) addressLevel(a, b *side) uint8 {
	return placeLevel(c.streetLevel(a, b), c.areaLevel(a, b))
}

// placeLevel is the level of an address by its street and its place.
func placeLevel(street, area uint8) uint8 {
	switch street {
	case streetEqual:
		switch {
		case area >= areaHalf:
			return lineSame
		case area == 0:
			return lineAlone
		}
		return lineElsewhere
	case streetTypo:
		if area >= areaHalf {
			return lineTypo
		}
		return lineTypoElse
	case streetRoad:
		if area >= areaHalf {
			return roadSame
		}
		return roadElsewhere
	case streetOther:
		switch area {
		case areaFull:
			return placeSame
		case areaKnown:
			return placePostcode
		case areaHalf:
			return placePart
		}
		return placeOther
	}
	switch area {
	case areaFull:
		return areaSame
	case areaKnown:
		return areaOne
	case areaHalf:
		return placePart
	case areaNone:
		return areaOther
	}
	return 0
}

// What comparing two lines and two towns gives; 0 is missing.
const (
	streetOther = 1
	streetRoad  = 2 // the road, not the number
	streetTypo  = 3
	streetEqual = 4

	areaNone  = 1
	areaHalf  = 2
	areaKnown = 3 // equal, as far as both are known
	areaFull  = 4
)

func (c *comparer) streetLevel(a, b *side) uint8 {
	if a.road == 0 || b.road == 0 {
		return 0
	}
	if a.street == b.street {
		return streetEqual
	}
	if a.road == b.road {
		if a.number == 0 || b.number == 0 || c.numberTypo(a.number, b.number) {
			return streetTypo
		}
		return streetRoad
	}
	near := roadsMayBeNear(a.roadKey, b.roadKey) && c.roadNear(a.road, b.road)
	switch {
	case a.number == b.number && a.number != 0 && (near || c.roadMaybe(a.road, b.road)):
		return streetTypo
	case near:
		return streetRoad
	}
	return streetOther
}

// roadNearAbove is the similarity of Jaro and Winkler from which on two roads are
// one, misspelt.
const roadNearAbove = .95

// roadsMayBeNear reports whether roadNear may say so.
func roadsMayBeNear(k, l similar.Sketch) bool {
	return similar.BagDistance(k.Bag(), l.Bag()) <= 2 && (k.MayBeWithin(l, 1) || k.MayReach(l, roadNearAbove))
}

func (c *comparer) roadNear(a, b uint32) bool {
	m, n := &c.db.roads[a], &c.db.roads[b]
	return c.within(m.text, n.text, 1) || c.jwAtLeast(m.text, n.text, roadNearAbove)
}

func (c *comparer) numberTypo(a, b uint32) bool {
	s, t := c.db.numbers.text(a), c.db.numbers.text(b)
	return max(len(s), len(t)) >= 3 && osaWithin(s, t, 1)
}

// roadMaybe reports whether two roads may be one, where the number agrees.
func (c *comparer) roadMaybe(a, b uint32) bool {
	slot, pair, level, known := c.road.at(a, b)
	if !known {
		m, n := &c.db.roads[a], &c.db.roads[b]
		s, t := m.text.String(), n.text.String()
		if strings.HasPrefix(s, t) || strings.HasPrefix(t, s) || shareToken(s, t, 4) || c.jwAtLeast(m.text, n.text, .85) {
			level = 1
		} else {
			level = 0
		}
		c.road.keep(slot, pair, level)
	}
	return level == 1
}

func (c *comparer) areaLevel(a, b *side) uint8 {
	post, city := -1, -1
	if a.postcode != 0 && b.postcode != 0 {
		post = c.postcodeLike(a.postcode, b.postcode)
	}
	if a.city != 0 && b.city != 0 {
		city = c.cityLike(a, b)
	}
	return areaOf(post, city)
}

// areaOf puts together how alike two postcodes and two towns are: from 0 to 2, -1
// where one is missing.
func areaOf(post, city int) uint8 {
	switch {
	case post < 0 && city < 0:
		return 0
	case post == 2 && city >= 1 || city == 2 && post >= 1:
		return areaFull
	case post == 2 && city < 0 || city == 2 && post < 0:
		return areaKnown
	case post >= 1 || city >= 1:
		return areaHalf
	}
	return areaNone
}

// postcodesDiffer reports that two postcodes are not alike, where that is easily
// seen.
func postcodesDiffer(k, l similar.Sketch) bool { return !k.MayStartAlike(l, 3) && !k.MayBeWithin(l, 1) }

func (c *comparer) postcodeLike(x, y uint32) int {
	if x == y {
		return 2
	}
	k, l := c.db.zipKeys[x], c.db.zipKeys[y]
	if postcodesDiffer(k, l) {
		return 0
	}
	s, t := c.db.postcode.values.text(x), c.db.postcode.values.text(y)
	if len(s) >= 5 && len(t) >= 5 && s[:3] == t[:3] || c.within(k.Text(s), l.Text(t), 1) {
		return 1
	}
	return 0
}

// cityAlikeAbove is the similarity of Jaro and Winkler from which on two towns
// are alike.
const cityAlikeAbove = .92

// citiesDiffer does the same for two towns.
func citiesDiffer(k, l similar.Sketch) bool {
	return !k.MayBeWithin(l, 1) && !k.MayReach(l, cityAlikeAbove)
}

func (c *comparer) cityLike(a, b *side) int {
	if a.city == b.city {
		return 2
	}
	if citiesDiffer(a.cityKey, b.cityKey) {
		return 0
	}
	slot, pair, level, known := c.city.at(a.city, b.city)
	if !known {
		s, t := c.db.cities[a.city].text, c.db.cities[b.city].text
		if c.within(s, t, 1) || c.jwAtLeast(s, t, cityAlikeAbove) {
			level = 1
		} else {
			level = 0
		}
		c.city.keep(slot, pair, level)
	}
	return int(level)
}
