namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>Calls whose arguments don't fit, for every device to refuse with <see cref="ArgumentException"/> before anything is computed.</summary>
public static class WrongCalls
{
    /// <summary>A wrong call for every kernel and every kind of misfit; each tensor is made by its own device.</summary>
    private static readonly Dictionary<string, Action<IDevice, Func<int[], Tensor>>> Table = new(StringComparer.Ordinal)
    {
        ["Upload too many"] = (d, t) => d.Upload(t([3]), new float[4]),
        ["Download too few"] = (d, t) => d.Download(t([3]), new float[2]),
        ["Download too few in float64"] = (d, t) => d.Download(t([3]), new double[2]),
        ["Copy lengths"] = (d, t) => d.Copy(t([3]), t([4])),
        ["Copy types"] = (d, t) => d.Copy(t([3]), d.Allocate([3], ElementType.Float64)),
        ["Linear inputs"] = (d, t) => d.Linear(t([2, 5]), t([2, 3]), Matrix(d, 5, 4)),
        ["Linear bias"] = (d, t) => d.Linear(t([2, 5]), t([2, 4]), Matrix(d, 5, 4), t([4])),
        ["LinearTransposed outputs"] = (d, t) => d.LinearTransposed(t([2, 4]), t([2, 4]), Matrix(d, 5, 4)),
        ["GroupedLinear past the weight"] = (d, t) => d.GroupedLinear(t([2, 4]), BlockLayout.Columns(2, 2, 2, 4), t([2, 2, 3]), BlockLayout.Stacked(2, 2, 3), Matrix(d, 5, 3), [0, 4], bias: null),
        ["GroupedLinear too few firsts"] = (d, t) => d.GroupedLinear(t([2, 4]), BlockLayout.Columns(2, 2, 2, 4), t([2, 2, 3]), BlockLayout.Stacked(2, 2, 3), Matrix(d, 5, 3), [0], bias: null),
        ["GroupedLinearTransposed inputs"] = (d, t) => d.GroupedLinearTransposed(t([2, 2, 4]), BlockLayout.Stacked(2, 2, 4), t([2, 4]), BlockLayout.Columns(2, 2, 2, 4), Matrix(d, 5, 3), [0, 2]),
        ["MatrixProduct inner"] = (d, t) => d.MatrixProduct(t([2, 2]), t([2, 3]), false, t([4, 2]), false),
        ["Add lengths"] = (d, t) => d.Add(t([3]), t([3]), t([4])),
        ["Add types"] = (d, t) => d.Add(t([3]), t([3]), d.Allocate([3], ElementType.Float64)),
        ["Subtract lengths"] = (d, t) => d.Subtract(t([3]), t([2]), t([3])),
        ["AddBias length"] = (d, t) => d.AddBias(t([2, 3]), t([2, 3]), t([2])),
        ["Interpolate points"] = (d, t) => d.Interpolate(t([2, 3]), t([3]), t([3]), [0.5f]),
        ["Activate lengths"] = (d, t) => d.Activate(t([3]), t([2]), Activation.Gelu),
        ["Activate unknown"] = (d, t) => d.Activate(t([3]), t([3]), (Activation)77),
        ["ActivateBackward unknown"] = (d, t) => d.ActivateBackward(t([3]), t([3]), t([3]), (Activation)77),
        ["ActivateSecant unknown"] = (d, t) => d.ActivateSecant(t([3]), t([3]), t([3]), (Activation)77),
        ["Activate with no number"] = (d, t) => d.Activate(t([3]), t([3]), ActivationFunction.XIelu(1, double.NaN, 0.5, -1e-6)),
        ["Activate with an ε above zero"] = (d, t) => d.Activate(t([3]), t([3]), ActivationFunction.XIelu(1, 1, 0.5, 0.1)),
        ["Gate columns"] = (d, t) => d.Gate(t([2, 3]), t([2, 5]), Activation.Silu),
        ["Gate rows"] = (d, t) => d.Gate(t([2, 3]), t([1, 6]), Activation.Silu),
        ["Gate unknown"] = (d, t) => d.Gate(t([2, 3]), t([2, 6]), (Activation)77),
        ["GateBackward columns"] = (d, t) => d.GateBackward(t([2, 3]), t([2, 3]), t([2, 6]), Activation.Silu),
        ["GateBackward unknown"] = (d, t) => d.GateBackward(t([2, 6]), t([2, 3]), t([2, 6]), (Activation)77),
        ["GateSecant gradient"] = (d, t) => d.GateSecant(t([2, 6]), t([2, 6]), t([2, 6]), Activation.Silu),
        ["GateSecant unknown"] = (d, t) => d.GateSecant(t([2, 6]), t([2, 3]), t([2, 6]), (Activation)77),
        ["SoftCap lengths"] = (d, t) => d.SoftCap(t([3]), t([4]), 2),
        ["SoftCap of zero"] = (d, t) => d.SoftCap(t([3]), t([3]), 0),
        ["SoftCapBackward lengths"] = (d, t) => d.SoftCapBackward(t([3]), t([4]), t([3]), 2),
        ["SoftCapBackward without end"] = (d, t) => d.SoftCapBackward(t([3]), t([3]), t([3]), double.PositiveInfinity),
        ["Clamp lengths"] = (d, t) => d.Clamp(t([3]), t([4]), 2),
        ["Clamp below zero"] = (d, t) => d.Clamp(t([3]), t([3]), -2),
        ["ClampBackward sharing"] = (d, t) => d.ClampBackward(t([3, 3, 4]), t([3, 3, 4]), Some(3), t([2, 3, 4]), Some(2), 1),
        ["ClampBackward width"] = (d, t) => d.ClampBackward(t([3, 4]), t([3, 4]), One(3), t([3, 5]), BlockLayout.Stacked(1, 3, 5), 1),
        ["ClampBackward limit"] = (d, t) => d.ClampBackward(t([3, 4]), t([3, 4]), One(3), t([3, 4]), One(3), double.NaN),
        ["GatherRows index"] = (d, t) => d.GatherRows(t([2, 3]), t([4, 3]), [0, 4]),
        ["GatherRows negative"] = (d, t) => d.GatherRows(t([2, 3]), t([4, 3]), [0, -1]),
        ["ScatterAddRows index"] = (d, t) => d.ScatterAddRows(t([4, 3]), t([2, 3]), [4, 0]),
        ["GatherBlocks index"] = (d, t) => d.GatherBlocks(t([1, 2, 3]), BlockLayout.Stacked(1, 2, 3), t([2, 2, 3]), BlockLayout.Stacked(2, 2, 3), [2]),
        ["GatherBlocks layout"] = (d, t) => d.GatherBlocks(t([1, 2, 3]), BlockLayout.Stacked(1, 2, 3), t([2, 2, 3]), BlockLayout.Stacked(3, 2, 3), [0]),
        ["Normalize scales"] = (d, t) => d.Normalize(t([2, 3]), t([3]), t([2, 3]), 1e-5),
        ["NormalizeBackward rows"] = (d, t) => d.NormalizeBackward(t([2, 3]), t([2, 3]), t([3, 2]), t([3]), accumulate: false),
        ["HeldScaleBackward scales"] = (d, t) => d.HeldScaleBackward(t([2, 3]), t([2, 3]), t([3]), accumulate: false),
        ["NormalizeBlocks scales"] = (d, t) => d.NormalizeBlocks(t([2, 3, 4]), t([3, 3]), t([2, 3, 4]), Some(2), t([4]), 1e-5),
        ["NormalizeBlocks weights"] = (d, t) => d.NormalizeBlocks(t([2, 3, 4]), t([3, 2]), t([2, 3, 4]), Some(2), t([8]), 1e-5),
        ["NormalizeBlocks beyond the tensor"] = (d, t) => d.NormalizeBlocks(t([2, 3, 4]), t([3, 2]), t([1, 3, 4]), Some(2), t([4]), 1e-5),
        ["NormalizeBlocksBackward sharing"] = (d, t) => d.NormalizeBlocksBackward(t([3, 3, 4]), t([3, 3, 4]), Some(3), t([2, 3, 4]), Some(2), t([3, 2]), t([4]), held: false),
        ["NormalizeBlocksBackward more than read"] = (d, t) => d.NormalizeBlocksBackward(t([1, 3, 4]), t([1, 3, 4]), Some(1), t([2, 3, 4]), Some(2), t([3, 2]), t([4]), held: false),
        ["NormalizeBlocksBackward scales"] = (d, t) => d.NormalizeBlocksBackward(t([2, 3, 4]), t([2, 3, 4]), Some(2), t([1, 3, 4]), Some(1), t([3, 2]), t([4]), held: false),
        ["NormalizeBlocksBackward weights"] = (d, t) => d.NormalizeBlocksBackward(t([2, 3, 4]), t([2, 3, 4]), Some(2), t([1, 3, 4]), Some(1), t([3, 1]), t([3]), held: true),
        ["Rotate odd dimensions"] = (d, t) => d.Rotate(t([2, 4]), BlockLayout.Columns(1, 2, 4, 4), new Sequences([2]), new Rotary(3, 10000), inverse: false),
        ["Rotate too wide"] = (d, t) => d.Rotate(t([2, 4]), BlockLayout.Columns(1, 2, 4, 4), new Sequences([2]), new Rotary(6, 10000), inverse: false),
        ["Rotate rows"] = (d, t) => d.Rotate(t([2, 4]), BlockLayout.Columns(1, 2, 4, 4), new Sequences([3]), new Rotary(2, 10000), inverse: false),
        ["Rotate magnitude"] = (d, t) => d.Rotate(
            t([2, 4]), BlockLayout.Columns(1, 2, 4, 4), new Sequences([2]), new Rotary(2, 10000, new YarnScaling(4, 32, 1, 64, AttentionFactor: 0)), inverse: false),
        ["Attend beyond the tensor"] = (d, t) => d.Attend(t([3, 4]), One(3), t([2, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), new Sequences([3]), AttentionRule.Of(4)),
        ["Attend pattern"] = (d, t) => d.Attend(t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), new Sequences([1, 2]), AttentionRule.Of(4), t([1, 9])),
        ["Attend heads that don't share evenly"] = (d, t) => d.Attend(
            t([3, 3, 4]), Some(3), t([3, 3, 4]), Some(3), t([2, 3, 4]), Some(2), t([2, 3, 4]), Some(2), new Sequences([3]), AttentionRule.Of(4)),
        ["Attend more keys than heads"] = (d, t) => d.Attend(t([3, 4]), One(3), t([3, 4]), One(3), t([2, 3, 4]), Some(2), t([2, 3, 4]), Some(2), new Sequences([3]), AttentionRule.Of(4)),
        ["Attend keys without values"] = (d, t) => d.Attend(
            t([2, 3, 4]), Some(2), t([2, 3, 4]), Some(2), t([2, 3, 4]), Some(2), t([1, 3, 4]), Some(1), new Sequences([3]), AttentionRule.Of(4)),
        ["Attend scale"] = (d, t) => d.Attend(t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), new Sequences([3]), default),
        ["Attend cap"] = (d, t) => d.Attend(t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), new Sequences([3]), new(1, SoftCap: -1)),
        ["Attend window"] = (d, t) => d.Attend(t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), t([3, 4]), One(3), new Sequences([3]), new(1, Window: -1)),
        ["AttendBackward one gradient for two heads"] = (d, t) => d.AttendBackward(
            t([3, 16]), HeadLayouts.SideBySide(2, 1, 3, 4), t([2, 3, 4]), Some(2), t([3, 16]), HeadLayouts.SideBySide(2, 1, 3, 4), new Sequences([3]), AttentionRule.Of(4)),
        ["AttendBackward widths"] = (d, t) => d.AttendBackward(
            t([3, 12]), HeadLayouts.SideBySide(1, 1, 3, 4) with { Query = BlockLayout.Columns(1, 3, 2, 12), Key = BlockLayout.Columns(1, 3, 2, 12, 4) }, t([3, 4]), One(3), t([3, 12]), HeadLayouts.SideBySide(1, 1, 3, 4), new Sequences([3]), AttentionRule.Of(4)),
        ["AttendBackward rule"] = (d, t) => d.AttendBackward(
            t([3, 12]), HeadLayouts.SideBySide(1, 1, 3, 4), t([3, 4]), One(3), t([3, 12]), HeadLayouts.SideBySide(1, 1, 3, 4), new Sequences([3]), new(double.NaN)),
        ["SumGroups sharing"] = (d, t) => d.SumGroups(t([2, 3, 4]), Some(2), t([3, 3, 4]), Some(3)),
        ["SumGroups rows"] = (d, t) => d.SumGroups(t([1, 3, 4]), Some(1), t([2, 2, 4]), BlockLayout.Stacked(2, 2, 4)),
        ["AttendBackward rows"] = (d, t) => d.AttendBackward(
            t([3, 12]), HeadLayouts.SideBySide(1, 1, 3, 4), t([3, 4]), One(3), t([3, 12]), HeadLayouts.SideBySide(1, 1, 3, 4), new Sequences([2]), AttentionRule.Of(4)),
        ["Measure token"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.LogitDifference, [[4]], [[0]])),
        ["Measure no answers"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.LogitDifference, [[1]], [[]])),
        ["Measure rows"] = (d, t) => d.Measure(t([1]), dlogits: null, t([2, 4]), new Answers(MetricKind.LogitDifference, [[1]], [[0]])),
        ["Measure no correct answer"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.LogProbability, [[]], [[0]])),
        ["Measure neither side"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.LogProbabilityDifference, [[]], [[]])),
        ["Measure incorrect token"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.LogProbabilityDifference, [[0]], [[4]])),
        ["Measure no clean logits"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.Divergence, [[1]], [[0]])),
        ["Measure clean vocabulary"] = (d, t) => d.Measure(t([1]), dlogits: null, t([1, 4]), new Answers(MetricKind.Divergence, [[1]], [[0]]) { CleanLogits = t([1, 5]) }),
        ["Measure clean rows"] = (d, t) => d.Measure(t([3]), dlogits: null, t([3, 4]), new Answers(MetricKind.Divergence, [[1], [1], [1]], [[0], [0], [0]]) { CleanLogits = t([2, 4]) }),
        ["AccumulateScaled points"] = (d, t) => d.AccumulateScaled(t([2, 3]), t([4, 3]), t([4]), [1f]),
        ["SlotDots blocks"] = (d, t) => d.SlotDots(t([2, 2]), t([2, 5]), t([2, 5]), t([5]), t([2])),
        ["SlotDots block"] = (d, t) => d.SlotDots(t([2, 2]), t([2, 6]), t([2, 3]), t([3]), t([2]), [0, 1]),
        ["SlotDots without blocks"] = (d, t) => d.SlotDots(t([2, 2]), t([2, 6]), t([2, 3]), t([3]), t([2])),
        ["SlotDots too few blocks"] = (d, t) => d.SlotDots(t([2, 2]), t([2, 6]), t([2, 3]), t([3]), t([2]), [0]),
        ["SourceDots points"] = (d, t) => d.SourceDots(t([2, 5]), t([2, 2, 3]), t([5, 3])),
        ["SubtractProjections scores in float32"] = (d, t) => d.SubtractProjections(t([1, 2, 3]), t([2, 2]), t([2, 3]), new Sequences([2]), [1f], 4),
        ["SubtractAlong points"] = (d, t) => d.SubtractAlong(t([1, 2, 3]), t([2, 3]), t([2, 1]), [1f, 1f]),
        ["SubtractAlong slots"] = (d, t) => d.SubtractAlong(t([1, 2, 3]), t([2, 3]), t([2, 3]), [1f]),
        ["SubtractProjections points"] = (d, t) => d.SubtractProjections(d.Allocate([1, 2, 3], ElementType.Float64), t([2, 2]), t([2, 3]), new Sequences([2]), [1f, 1f], 4),
        ["Contract rows"] = (d, t) => d.Contract(d.Allocate([1, 2, 2], ElementType.Float64), t([2, 3, 4]), t([2, 2, 4]), new Sequences([3]), centre: true),
        ["SumBlocks index"] = (d, t) => d.SumBlocks(d.Allocate([2, 3], ElementType.Float64), d.Allocate([2, 3], ElementType.Float64), [0, 2]),
        ["SumBlocks sizes"] = (d, t) => d.SumBlocks(d.Allocate([2, 3], ElementType.Float64), d.Allocate([2, 4], ElementType.Float64), [0, 1]),
        ["Mix source"] = (d, t) => d.Mix(t([1, 2, 3]), t([2, 3]), t([2, 2, 3]), new SparseRows([0, 1], [2])),
        ["Mix offsets"] = (d, t) => d.Mix(t([1, 2, 3]), t([2, 3]), t([2, 2, 3]), new SparseRows([0, 2], [1])),
        ["Affine bias"] = (d, t) => d.Affine(t([2, 3]), t([2, 3]), t([3]), t([2])),
        ["ScaleColumns length"] = (d, t) => d.ScaleColumns(t([2, 3]), t([2, 3]), t([2])),
        ["SumRows length"] = (d, t) => d.SumRows(t([2]), t([2, 3])),
        ["CrossEntropy target"] = (d, t) => d.CrossEntropy(t([2]), dlogits: null, t([2, 3]), [0, 3], 1f),
        ["CrossEntropy targets"] = (d, t) => d.CrossEntropy(t([2]), dlogits: null, t([2, 3]), [0], 1f),
        ["AdamW step"] = (d, t) => d.AdamW(t([2]), t([2]), t([2]), t([2]), new AdamWStep(1, 0.1, 0.9, 0.99, 1e-8, 0, Step: 0)),
        ["AdamW lengths"] = (d, t) => d.AdamW(t([2]), t([2]), t([2]), t([3]), new AdamWStep(1, 0.1, 0.9, 0.99, 1e-8, 0, Step: 1)),
        ["A shape without axes"] = (d, _) => d.Allocate([]),
        ["A negative extent"] = (d, _) => d.Allocate([2, -1]),
    };

    /// <summary>Names of all calls.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>Makes a call on a device.</summary>
    public static void Make(string name, IDevice device) => Table[name](device, shape => device.Allocate(shape));

    private static Weight Matrix(IDevice device, int outputs, int inputs) => device.Prepare(new ArrayMatrix(new float[outputs * inputs], outputs, inputs));

    private static BlockLayout Some(int blocks) => BlockLayout.Stacked(blocks, 3, 4);

    private static BlockLayout One(int rows) => BlockLayout.Stacked(1, rows, 4);
}
