namespace CircuitGrid.Compute;

/// <summary>
/// Tensors and the kernels on them, each named by its mathematics. Everything above this interface (transformer, attribution, circuit
/// evaluation, training) is written once and runs on any device. Calls are ordered as they are made; only a download waits.
/// A kernel's result for one row, sequence or block never depends on what else is in the call, so a batch may be cut anywhere.
/// R: rows; T: rows of one batch of sequences; D: width of the residual stream; F: source nodes; S: slots.
/// Kernels throw <see cref="ArgumentException"/> when shapes don't fit.
/// </summary>
public partial interface IDevice : IDisposable
{
    /// <summary>Short name that is part of a result's key: <c>cpu-f32</c>, <c>cuda-bf16</c>…</summary>
    string Numerics { get; }

    /// <summary>What the device is, for a person.</summary>
    string Description { get; }

    /// <summary>Bytes of tensors and weights alive now.</summary>
    long AllocatedBytes { get; }

    /// <summary>Bytes that batches may be planned with beside what is allocated; <see langword="null"/> where the device doesn't know, and plans take what is usual.</summary>
    long? FreeBytes => null;

    /// <summary>Most bytes of a memory of its own that the device has needed so far; <see langword="null"/> where it computes in the process's memory, or doesn't know.</summary>
    long? PeakBytes => null;

    /// <summary>Rows from which on matrix products of wide models are at full speed: batches are made no larger.</summary>
    int FullSpeedRows => 160;

    // ---- memory

    /// <summary>A tensor with undefined contents.</summary>
    Tensor Allocate(ReadOnlySpan<int> shape, ElementType elementType = ElementType.Float32);

    void Upload(Tensor destination, ReadOnlySpan<float> values);

    /// <summary>Fills a float32 tensor of the source's shape; the source is read some rows at a time, maybe by several threads.</summary>
    void Upload(Tensor destination, IMatrixSource source);

    void Download(Tensor source, Span<float> values);

    void Download(Tensor source, Span<double> values);

    void Fill(Tensor destination, double value);

    void Copy(Tensor destination, Tensor source);

    /// <summary>Prepares a constant matrix for <see cref="Linear"/>, <see cref="LinearTransposed"/> and their grouped forms.</summary>
    Weight Prepare(IMatrixSource source);

    // ---- matrix products

    /// <summary>y[R,out] = x[R,in]·Wᵀ + bias[out] (added to y's old contents if <paramref name="accumulate"/>).</summary>
    void Linear(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false);

    /// <summary>y[R,in] = x[R,out]·W + bias[in] (added to y's old contents if <paramref name="accumulate"/>).</summary>
    void LinearTransposed(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false);

    /// <summary>
    /// For every block g: y_g[T,n] = x_g[T,in]·W[firstOutput_g … +n, :]ᵀ + bias[firstOutput_g … +n]; n is <paramref name="yLayout"/>'s width.
    /// </summary>
    void GroupedLinear(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs, Tensor? bias);

    /// <summary>For every block g: y_g[T,in] = x_g[T,n]·W[firstOutput_g … +n, :]; n is <paramref name="xLayout"/>'s width.</summary>
    void GroupedLinearTransposed(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs);

    /// <summary>c[M,N] = a·b (or their transposes) of two plain matrices, added to c's old contents if <paramref name="accumulate"/>.</summary>
    void MatrixProduct(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB, bool accumulate = false);

    // ---- elementwise

    /// <summary>y = a + b.</summary>
    void Add(Tensor y, Tensor a, Tensor b);

    /// <summary>y = a − b.</summary>
    void Subtract(Tensor y, Tensor a, Tensor b);

    /// <summary>y[R,D] = x[R,D] + bias[D] in every row.</summary>
    void AddBias(Tensor y, Tensor x, Tensor bias);

    /// <summary>y[k,…] = a + fractions[k]·(b − a), for every k; y's first axis is the number of fractions.</summary>
    void Interpolate(Tensor y, Tensor a, Tensor b, ReadOnlySpan<float> fractions);

    /// <summary>y = f(x).</summary>
    void Activate(Tensor y, Tensor x, Activation activation);

    /// <summary>dx = dy ⊙ f′(x); dx may be dy.</summary>
    void ActivateBackward(Tensor dx, Tensor dy, Tensor x, Activation activation);

    /// <summary>dx = dy ⊙ f(x)/x (f′(0) where x is 0); dx may be dy.</summary>
    void ActivateSecant(Tensor dx, Tensor dy, Tensor x, Activation activation);

    // ---- rows

    /// <summary>y[i,:] = x[rows[i],:].</summary>
    void GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows);

    /// <summary>y[rows[i],:] += x[i,:], in the order of i.</summary>
    void ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows);

    /// <summary>Block i of y is block blocks[i] of x; the layouts' rows and widths are equal.</summary>
    void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks);

    // ---- layer norm

    /// <summary>x̂ = (x − mean)/σ and 1/σ of every row, σ² = biased variance + ε: x[R,D], xhat[R,D], inverseScale[R]. xhat may be x.
    /// A row whose variance overflows the device's numbers gives not a number in all its elements and in 1/σ, never 0.</summary>
    void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon);

    /// <summary>dx[R,D] = (dx̂ − mean(dx̂) − x̂·mean(x̂ ⊙ dx̂))/σ, added to dx's old contents if <paramref name="accumulate"/>; dx may be dxhat if not.</summary>
    void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate);

    /// <summary>The same with σ taken as a constant: dx[R,D] = (dx̂ − mean(dx̂))/σ.</summary>
    void CentreBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate);

    // ---- attention

    /// <summary>Turns every block of <paramref name="x"/> in place by its rows' positions (backwards if <paramref name="inverse"/>).</summary>
    void Rotate(Tensor x, BlockLayout layout, Sequences sequences, Rotary rotary, bool inverse);

    /// <summary>
    /// Causal softmax attention of every head: z = softmax(q·kᵀ/√dh)·v within each sequence. q, k, v and z hold one block a head;
    /// the rows of a layout are <paramref name="sequences"/>' rows. <paramref name="pattern"/>, if given, receives the attention
    /// weights, [heads, Σ length²]: for each head the sequences' [length, length] matrices one after the other, zero above the diagonal.
    /// </summary>
    void Attend(Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, Tensor? pattern = null);

    /// <summary>
    /// Gradients of <see cref="Attend"/>: from dz to dq, dk, dv (overwritten), with q, k, v as <see cref="Attend"/> saw them.
    /// dq, dk and dv lie in one tensor under the layouts of q, k and v, which therefore must not overlap.
    /// </summary>
    void AttendBackward(Tensor dqkv, Tensor dz, BlockLayout zLayout, Tensor qkv, BlockLayout qLayout, BlockLayout kLayout, BlockLayout vLayout, Sequences sequences);

    // ---- answers

    /// <summary>
    /// The metric of every example, metric[N], from its logits[N,V]; and where <paramref name="dlogits"/>[N,V] is given, the gradient of the LOSS
    /// (−metric of that example, not averaged).
    /// </summary>
    void Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers);

    // ---- attribution (the identities are derived in docs/engine.md)

    /// <summary>
    /// acc[T,W] += Σ_k weights[k]·scale[k·T+t]·x[k·T+t,:], in the order of k; x is [K·T,W], scale [K·T], K the number of weights.
    /// </summary>
    void AccumulateScaled(Tensor accumulator, Tensor x, Tensor scale, ReadOnlySpan<float> weights);

    /// <summary>
    /// c[r,g] = scale[r]·Σ_{j in block g} dy[r,j]·(y[r,j] − bias[j]) with blocks of equal width side by side: dy, y [R,G·n], c [R,G].
    /// </summary>
    void SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale);

    /// <summary>u[f,k·T+t] = Σ_d deltas[f,t,d]·xhat[k·T+t,d]: deltas [F,T,D], xhat [K·T,D], u [F,K·T].</summary>
    void SourceDots(Tensor u, Tensor deltas, Tensor xhat);

    /// <summary>
    /// scores[e,f,s] −= Σ_k (weights[k]/D)·Σ_{t in sequence e} u[f,k·T+t]·c[k·T+t,s], in the order of k then t.
    /// u [F,K·T], c [K·T,S], scores [N,F,S] of <see cref="ElementType.Float64"/>; <paramref name="sequences"/> are those of one point.
    /// </summary>
    void SubtractProjections(Tensor scores, Tensor u, Tensor c, Sequences sequences, ReadOnlySpan<float> weights, int width);

    /// <summary>
    /// scores[e,f,s] += Σ_{t in sequence e} Σ_d deltas[f,t,d]·(g[s,t,d] − mean_d g[s,t,:] if <paramref name="centre"/>):
    /// deltas [F,T,D], g [S,T,D], scores [N,F,S] of <see cref="ElementType.Float64"/>.
    /// </summary>
    void Contract(Tensor scores, Tensor deltas, Tensor g, Sequences sequences, bool centre);

    /// <summary>
    /// blocks[blockOf[e],:] += scores[e,:] in the order of e: both of <see cref="ElementType.Float64"/>, scores [N,F,S], blocks [B,F,S].
    /// </summary>
    void SumBlocks(Tensor blocks, Tensor scores, ReadOnlySpan<int> blockOf);

    // ---- circuit evaluation

    /// <summary>
    /// y[s,t,:] = base[t,:] + Σ_{f in terms row s} deltas[f,t,:], in the order of the row: base [T,D], deltas [F,T,D], y [S,T,D].
    /// </summary>
    void Mix(Tensor y, Tensor baseline, Tensor deltas, SparseRows terms);
}
