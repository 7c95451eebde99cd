/** The API, loaded when a command runs, so that help needs neither recipe code nor the addon. */
export async function loadApi(): Promise<typeof import("../api/index.ts")> {
  return import("../api/index.ts");
}
