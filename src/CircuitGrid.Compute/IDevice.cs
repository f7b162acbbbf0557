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

    /// <summary>y = f(x); y may be x.</summary>
    void Activate(Tensor y, Tensor x, ActivationFunction f);

    /// <summary>dx = dy ⊙ f′(x); dx may be dy.</summary>
    void ActivateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f);

    /// <summary>dx = dy ⊙ f(x)/x (f′(0) where x is 0); dx may be dy.</summary>
    void ActivateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f);

    /// <summary>y[R,F] = f(a) ⊙ b of a gated hidden layer x[R,2·F] = a | b.</summary>
    void Gate(Tensor y, Tensor x, ActivationFunction f);

    /// <summary>dx[R,2·F] = dy ⊙ b ⊙ f′(a) | dy ⊙ f(a), with dy [R,F] and x as <see cref="Gate"/> saw it.</summary>
    void GateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f);

    /// <summary>The half rule with the secant of f: dx[R,2·F] = ½·(dy ⊙ b ⊙ f(a)/a | dy ⊙ f(a)), f′(0) where a is 0.</summary>
    void GateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f);

    /// <summary>y = c·tanh(x/c); y may be x.</summary>
    void SoftCap(Tensor y, Tensor x, double cap);

    /// <summary>dx = dy ⊙ (1 − (y/c)²) with y as <see cref="SoftCap"/> gave it; dx may be dy.</summary>
    void SoftCapBackward(Tensor dx, Tensor dy, Tensor y, double cap);

    /// <summary>y = x kept within ±limit; y may be x.</summary>
    void Clamp(Tensor y, Tensor x, double limit);

    /// <summary>
    /// dx_g = dy_g where x of the block lies within ±limit, 0 elsewhere. dx and dy lie under one layout and may be the same; where x has fewer blocks,
    /// neighbours share one: g reads ⌊g·x's blocks/dy's blocks⌋.
    /// </summary>
    void ClampBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, double limit);

    // ---- rows

    /// <summary>y[i,:] = x[rows[i],:].</summary>
    void GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows);

    /// <summary>y[rows[i],:] += x[i,:], in the order of i.</summary>
    void ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows);

    /// <summary>Block i of y is block blocks[i] of x; the layouts' rows and widths are equal.</summary>
    void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks);

    // ---- norms: LayerNorm centres, RMSNorm doesn't and has 0 for every mean below but that of squares

    /// <summary>x̂ = (x − mean)/σ and 1/σ of every row, σ² = mean((x − mean)²) + ε: x[R,D], xhat[R,D], inverseScale[R]. xhat may be x.
    /// A row whose variance overflows the device's numbers gives not a number in all its elements and in 1/σ, never 0.</summary>
    void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon, bool centre = true);

    /// <summary>dx[R,D] = (dx̂ − mean(dx̂) − x̂·mean(x̂ ⊙ dx̂))/σ, added to dx's old contents if <paramref name="accumulate"/>; dx may be dxhat if not.</summary>
    void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate, bool centre = true);

    /// <summary>The same with σ taken as a constant: dx[R,D] = (dx̂ − mean(dx̂))/σ.</summary>
    void HeldScaleBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate, bool centre = true);

    /// <summary>
    /// RMSNorm with weights of every block's rows: y_g = w ⊙ x_g/σ_g, σ_g² = mean(x_g²) + ε: w [W], inverseScale [T,G] the 1/σ. y and x lie under one
    /// layout and may be the same. A row whose mean square overflows gives not a number, never 0.
    /// </summary>
    void NormalizeBlocks(Tensor y, Tensor inverseScale, Tensor x, BlockLayout layout, Tensor w, double epsilon);

    /// <summary>
    /// dx_g = (w ⊙ dy_g)/σ − x·(x·(w ⊙ dy_g))/(W·σ³), or with σ taken as a constant (<paramref name="held"/>) the first term alone. dx and dy lie under one
    /// layout and may be the same; where x has fewer blocks, neighbours share one and its σ, as in <see cref="ClampBackward"/>. inverseScale [T, x's blocks].
    /// </summary>
    void NormalizeBlocksBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, Tensor inverseScale, Tensor w, bool held);

    // ---- attention

    /// <summary>
    /// Turns every block of <paramref name="x"/> in place by its rows' positions, and multiplies what it turns by the rotary's magnitude. <paramref name="inverse"/>:
    /// turns backwards, and multiplies all the same, which is the transpose that gradients pass.
    /// </summary>
    void Rotate(Tensor x, BlockLayout layout, Sequences sequences, Rotary rotary, bool inverse);

    /// <summary>
    /// Causal softmax attention of every head within each sequence: z = softmax(mask(cap(scale·q·kᵀ)))·v. q and z hold one block a head, k and v one for
    /// each group of neighbouring heads: head h of H reads block ⌊h·K/H⌋ of K. The rows of a layout are <paramref name="sequences"/>' rows.
    /// <paramref name="pattern"/>, if given, receives the attention weights, [heads, Σ length²]: for each head the sequences' [length, length] matrices one
    /// after the other, zero above the diagonal and before the window.
    /// </summary>
    void Attend(
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, AttentionRule rule, Tensor? pattern = null);

    /// <summary>
    /// Gradients of <see cref="Attend"/>: from dz to dq, dk, dv (overwritten), with q, k, v as <see cref="Attend"/> saw them. dq, dk and dv lie in one tensor, a
    /// block for each head: a shared key's or value's gradient falls apart into one part for each head that reads it.
    /// </summary>
    /// <param name="dqkv">Where dq, dk and dv lie, under <paramref name="gradientLayouts"/>, which must not overlap.</param>
    /// <param name="gradientLayouts">Layouts of dq, dk and dv.</param>
    /// <param name="dz">Gradient at z.</param>
    /// <param name="zLayout">Its layout.</param>
    /// <param name="qkv">Where q, k and v lie.</param>
    /// <param name="layouts">Their layouts.</param>
    /// <param name="sequences">Sequences of the rows.</param>
    /// <param name="rule">The rule of the forward pass.</param>
    void AttendBackward(
        Tensor dqkv, HeadLayouts gradientLayouts, Tensor dz, BlockLayout zLayout, Tensor qkv, HeadLayouts layouts, Sequences sequences, AttentionRule rule);

    /// <summary>y_b = Σ x_g over the neighbouring blocks g of x that share block b of y, in the order of g: b = ⌊g·y's blocks/x's blocks⌋.</summary>
    void SumGroups(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout);

    // ---- answers

    /// <summary>
    /// The metric of every row, metric[N], from its logits[N,V]; and where <paramref name="dlogits"/>[N,V] is given, the gradient of the LOSS of that row, not
    /// averaged: −metric, or the metric itself where it is a loss.
    /// </summary>
    void Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers);

    // ---- attribution (the identities are derived in docs/engine.md)

    /// <summary>
    /// acc[T,W] += Σ_k weights[k]·scale[k·T+t]·x[k·T+t,:], in the order of k; x is [K·T,W], scale [K·T], K the number of weights.
    /// </summary>
    void AccumulateScaled(Tensor accumulator, Tensor x, Tensor scale, ReadOnlySpan<float> weights);

    /// <summary>
    /// c[r,g] = scale[r]·Σ_j dy[r,g·n+j]·(y[r,b·n+j] − bias[b·n+j]) with blocks of equal width n side by side, b = <paramref name="blockOf"/>[g], or g where
    /// that is empty: dy [R,G·n], y [R,B·n], bias [B·n], c [R,G].
    /// </summary>
    void SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale, ReadOnlySpan<int> blockOf = default);

    /// <summary>u[f,k·T+t] = Σ_d deltas[f,t,d]·xhat[k·T+t,d]: deltas [F,T,D], xhat [K·T,D], u [F,K·T].</summary>
    void SourceDots(Tensor u, Tensor deltas, Tensor xhat);

    /// <summary>
    /// scores[e,f,s] −= Σ_k (weights[k]/D)·Σ_{t in sequence e} u[f,k·T+t]·c[k·T+t,s], in the order of k then t.
    /// u [F,K·T], c [K·T,S], scores [N,F,S] of <see cref="ElementType.Float64"/>; <paramref name="sequences"/> are those of one point.
    /// </summary>
    void SubtractProjections(Tensor scores, Tensor u, Tensor c, Sequences sequences, ReadOnlySpan<float> weights, int width);

    /// <summary>
    /// g[s,t,d] −= Σ_k (weights[k]/D)·c[k·T+t,s]·xhat[k·T+t,d], in the order of k: what a norm without centring takes out of gradients g [S,T,D] at x̂ that K points
    /// have added up. xhat [K·T,D], c [K·T,S].
    /// </summary>
    void SubtractAlong(Tensor g, Tensor xhat, Tensor c, ReadOnlySpan<float> weights);

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
