using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>
/// A GPT-2 of three layers whose heads were written by hand, one for each role and decoys beside them. The residual stream is divided into spaces of
/// one-hot vectors. It solves prompts [name, name, filler, name, end] as Wang et al. (2022) found GPT-2 to: a duplicate-token head finds where the second
/// mention stood before, an S-inhibition head takes that place to the end, and a name mover looks at the names but that one.
/// </summary>
internal sealed class HandBuiltModel : ITensorSource
{
    public const int Tokens = 16;
    public const int Names = 6;
    public const int End = 6;
    public const int Filler = 7;
    private const int Positions = 12;

    // Where each space begins: token, position, token before, place of the earlier mention, place to keep from, what to say, token through the MLP.
    private const int Token = 0;
    private const int Position = Token + Tokens;
    private const int Previous = Position + Positions;
    private const int Earlier = Previous + Tokens;
    private const int Inhibited = Earlier + Positions;
    private const int Said = Inhibited + Positions;
    private const int Embedded = Said + Tokens;

    private readonly Dictionary<string, float[]> tensors = [];

    public HandBuiltModel()
    {
        var c = Config;
        Allocate("wte.weight", Tokens * c.Width);
        Allocate("wpe.weight", Positions * c.Width);
        Allocate("lm_head.weight", Tokens * c.Width);
        Allocate("ln_f.weight", c.Width, 1);
        Allocate("ln_f.bias", c.Width);
        for (var l = 0; l < c.Layers; l++)
        {
            Allocate($"h.{l}.ln_1.weight", c.Width, 1);
            Allocate($"h.{l}.ln_1.bias", c.Width);
            Allocate($"h.{l}.ln_2.weight", c.Width, 1);
            Allocate($"h.{l}.ln_2.bias", c.Width);
            Allocate($"h.{l}.attn.c_attn.weight", 3 * c.Width * c.Width);
            Allocate($"h.{l}.attn.c_attn.bias", 3 * c.Width);
            Allocate($"h.{l}.attn.c_proj.weight", c.Width * c.Width);
            Allocate($"h.{l}.attn.c_proj.bias", c.Width);
            Allocate($"h.{l}.mlp.c_fc.weight", c.Width * c.MlpWidth);
            Allocate($"h.{l}.mlp.c_fc.bias", c.MlpWidth);
            Allocate($"h.{l}.mlp.c_proj.weight", c.Width * c.MlpWidth);
            Allocate($"h.{l}.mlp.c_proj.bias", c.Width);
        }

        for (var t = 0; t < Tokens; t++)
        {
            tensors["wte.weight"][(t * c.Width) + Token + t] = 1;
            tensors["wte.weight"][(t * c.Width) + Said + t] = 0.5f;
            tensors["lm_head.weight"][(t * c.Width) + Said + t] = 1;
            tensors["h.0.mlp.c_fc.weight"][((Token + t) * c.MlpWidth) + t] = 1;
            tensors["h.0.mlp.c_proj.weight"][(t * c.Width) + Embedded + t] = 0.1f;
        }

        for (var p = 0; p < Positions; p++)
        {
            tensors["wpe.weight"][(p * c.Width) + Position + p] = 1;
        }

        LooksBack(PreviousToken);
        Reads(PreviousToken, Token, Tokens, Previous, 0.15f);

        Match(DuplicateToken, 0, Token, Token, Tokens, 3);
        Match(DuplicateToken, Tokens, Position, Position, Positions, -3);
        Reads(DuplicateToken, Position, Positions, Earlier, 0.15f);

        Match(Induction, 0, Token, Previous, Tokens, 3);

        LooksBack(SInhibition);
        Reads(SInhibition, Earlier, Positions, Inhibited, 0.2f);
        LooksBack(SPromotion);
        Reads(SPromotion, Earlier, Positions, Inhibited, -0.05f);

        Reads(Successor, Embedded, Tokens, Said, 0.001f, shift: 1);
        Reads(SuccessorDecoy, Embedded, Tokens, Said, 0.001f);

        LooksAtNames(NameMover);
        Reads(NameMover, Token, Tokens, Said, 0.3f);
        LooksAtNames(NegativeNameMover);
        Reads(NegativeNameMover, Token, Tokens, Said, -0.1f);

        Match(CopySuppression, 0, Position, Position, Positions, 3);
        Reads(CopySuppression, Token, Tokens, Said, -0.2f);
        Match(CopySuppressionDecoy, 0, Position, Position, Positions, 3);
        Reads(CopySuppressionDecoy, Token, Tokens, Said, 0.2f);
    }

    public static HeadIndex PreviousToken { get; } = new(0, 0);

    public static HeadIndex DuplicateToken { get; } = new(0, 1);

    public static HeadIndex SuccessorDecoy { get; } = new(0, 2);

    public static HeadIndex Induction { get; } = new(1, 0);

    public static HeadIndex SInhibition { get; } = new(1, 1);

    public static HeadIndex Successor { get; } = new(1, 2);

    /// <summary>Writes what the S-inhibition head does, the wrong way round.</summary>
    public static HeadIndex SPromotion { get; } = new(1, 3);

    public static HeadIndex NameMover { get; } = new(2, 0);

    public static HeadIndex NegativeNameMover { get; } = new(2, 1);

    public static HeadIndex CopySuppression { get; } = new(2, 2);

    /// <summary>Says again what the copy suppression head takes back.</summary>
    public static HeadIndex CopySuppressionDecoy { get; } = new(2, 3);

    public ModelConfig Config { get; } = new()
    {
        Family = Families.Gpt2,
        Layers = 3,
        Heads = 4,
        Width = 120,
        MlpWidth = Tokens,
        Vocabulary = Tokens,
        ContextLength = Positions,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Relu,
        ParallelResidual = false,
        TiedUnembedding = false,
    };

    /// <summary>Prompts of both orders over all pairs of names.</summary>
    public static ImmutableArray<Example> Prompts { get; } =
    [
        .. from io in Enumerable.Range(0, Names) from s in Enumerable.Range(0, Names) where io != s from abba in (bool[])[true, false]
           let first = abba ? io : s let second = abba ? s : io
           select new Example([first, second, Filler, s, End], [first, second, Filler, io, End], [io], [s]),
    ];

    public bool Contains(string name) => tensors.ContainsKey(name);

    public void Read(string name, Span<float> destination) => tensors[name].CopyTo(destination);

    public void ReadRows(string name, int firstRow, Span<float> destination) =>
        tensors[name].AsSpan(firstRow * (name == "h.0.mlp.c_fc.weight" ? Config.MlpWidth : Config.Width), destination.Length).CopyTo(destination);

    private void Allocate(string name, int length, float value = 0)
    {
        tensors[name] = new float[length];
        tensors[name].AsSpan().Fill(value);
    }

    /// <summary>Weight from a dimension of the stream to a unit of a head's query (0), key (1) or value (2).</summary>
    private ref float Input(HeadIndex head, int component, int unit, int dimension) =>
        ref tensors[$"h.{head.Layer}.attn.c_attn.weight"][(dimension * 3 * Config.Width) + (component * Config.Width) + (head.Head * Config.HeadWidth) + unit];

    /// <summary>Queries and keys in whose product equal entries of two spaces meet.</summary>
    private void Match(HeadIndex head, int firstUnit, int querySpace, int keySpace, int size, float gain)
    {
        for (var i = 0; i < size; i++)
        {
            Input(head, 0, firstUnit + i, querySpace + i) = gain;
            Input(head, 1, firstUnit + i, keySpace + i) = 1;
        }
    }

    private void LooksBack(HeadIndex head)
    {
        for (var p = 0; p + 1 < Positions; p++)
        {
            Input(head, 0, p, Position + p + 1) = 3;
            Input(head, 1, p, Position + p) = 1;
        }
    }

    /// <summary>At names, not at the second mention, and less where the stream says so.</summary>
    private void LooksAtNames(HeadIndex head)
    {
        tensors[$"h.{head.Layer}.attn.c_attn.bias"][head.Head * Config.HeadWidth] = 12;
        for (var name = 0; name < Names; name++)
        {
            Input(head, 1, 0, Token + name) = 1;
        }

        Input(head, 1, 0, Position + 3) = -1;
        for (var p = 0; p < Positions; p++)
        {
            Input(head, 0, 1 + p, Inhibited + p) = -1;
            Input(head, 1, 1 + p, Position + p) = 1;
        }
    }

    /// <summary>Values read one space and are written to another.</summary>
    private void Reads(HeadIndex head, int from, int size, int to, float gain, int shift = 0)
    {
        for (var i = 0; i < size; i++)
        {
            Input(head, 2, i, from + i) = 1;
            if (i + shift < size)
            {
                tensors[$"h.{head.Layer}.attn.c_proj.weight"][(((head.Head * Config.HeadWidth) + i) * Config.Width) + to + i + shift] = gain;
            }
        }
    }
}
