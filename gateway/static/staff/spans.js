// How long something has taken, as the pages write it: 4 min, 1 h 12 min, 2 d 4 h.
export function span(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes >= 1440) return `${Math.floor(minutes / 1440)} d ${Math.floor(minutes / 60) % 24} h`;
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
}
