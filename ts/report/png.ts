/** A picture as PNG. Pictures hold shapes alone and no text, so that no font of the machine is asked for. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  // Loaded when a picture is wanted: it is a native package, and most commands need none.
  const { Resvg } = await import("@resvg/resvg-js");
  return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng();
}
