/** The clipboard, where the page may use it. */

/** Whether a text was copied: sandboxes and plain http may refuse. */
export async function copied(text: string): Promise<boolean> {
  const { clipboard } = navigator as { readonly clipboard?: Clipboard };
  if (clipboard === undefined) return false;
  try {
    await clipboard.writeText(text);
    return true;
  } catch (error) {
    // Refused by the sandbox: the reader is told to copy by hand.
    if (error instanceof DOMException) return false;
    throw error;
  }
}
