/** The lamp that keeps watch. */
export function Brand() {
  return (
    <div className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#0e3b43" />
        <path
          d="M4 16c3.200-5.200 7.400-7.800 12-7.800S24.800 10.800 28 16c-3.200 5.200-7.400 7.800-12 7.800S7.200 21.200 4 16Z"
          fill="none"
          stroke="#bfe9e4"
          strokeWidth="2"
        />
        <circle cx="16" cy="16" r="4.200" fill="#ffd166" />
      </svg>
      <span className="brand-name">Everwatch</span>
    </div>
  )
}
