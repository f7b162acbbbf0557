namespace CircuitGrid.Models.Tokenization;

/// <summary>A token found in the text before anything else happens to it, as <c>added_tokens</c> of a <c>tokenizer.json</c> lists it.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Content">The text it stands for.</param>
/// <param name="SingleWord">Only where no word character touches it.</param>
/// <param name="StripLeft">White space before it belongs to it.</param>
/// <param name="StripRight">White space after it belongs to it.</param>
/// <param name="Normalized">Looked for in the normalised text instead of the raw one.</param>
/// <param name="Special">Marks structure (<c>&lt;|endoftext|&gt;</c>) and is no text.</param>
public sealed record AddedToken(int Id, string Content, bool SingleWord = false, bool StripLeft = false, bool StripRight = false, bool Normalized = false, bool Special = false);
