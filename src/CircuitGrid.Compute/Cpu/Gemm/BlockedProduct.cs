namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// Cuts products into blocks for the threads and the caches and runs the <see cref="MicroKernel"/> over them. Every element of C is one
/// chain of fused multiply-adds over k = 0 … K − 1 from 0 (a block of k stores its float32 partial sum and the next goes on from it), then
/// + bias, then + C's old content. So no cut changes a bit.
/// </summary>
internal sealed unsafe class BlockedProduct
{
    /// <summary>
    /// Most rows of A, columns of B and k at once. Where B lies in panels already, 32 columns (96 KiB) at a time are read against rows of A
    /// (576 KiB) that stay in the second-level cache; few columns keep the partial sums small.
    /// </summary>
    private static readonly (int Rows, int Columns, int Run) ResidentBlock = (192, 64, 768);

    /// <summary>The same where B is laid out anew: for many rows of A, in long reads, as a block (512 KiB) that stays in the second-level cache.</summary>
    private static readonly (int Rows, int Columns, int Run) PackedBlock = (480, 512, 256);

    /// <summary>Least multiply-adds of a piece: tens of microseconds.</summary>
    private const long Grain = 1 << 20;

    /// <summary>Rows that laying out B just pays for.</summary>
    private const int FewRows = 64;

    private readonly CpuDevice device;
    private readonly MicroKernel kernel;
    private readonly PanelSource source;
    private readonly ProductShape shape;
    private readonly int rowBlocks;
    private readonly int rowBlock;
    private readonly int columnBlocks;
    private readonly int columnBlock;
    private readonly int runs;
    private readonly int run;

    private BlockedProduct(CpuDevice device, PanelSource source, ProductShape shape, Product[] products)
    {
        this.device = device;
        this.source = source;
        this.shape = shape;
        kernel = MicroKernel.Best;
        var most = source.Packs ? PackedBlock : ResidentBlock;
        runs = Math.Max(1, DivideUp(shape.Inner, most.Run));
        run = Math.Max(1, DivideUp(shape.Inner, runs));

        // A product that begins inside a panel may need one more tile than its columns alone.
        var isAligned = Array.TrueForAll(products, p => p.FirstColumn % MicroKernel.PanelWidth == 0);
        var tiles = DivideUp(shape.Columns, kernel.Columns) + (isAligned ? 0 : 1);
        var rowTiles = DivideUp(shape.Rows, kernel.Rows);
        var work = (long)products.Length * shape.Rows * shape.Columns * shape.Inner;
        var wanted = device.Threads == 1 ? 1 : Math.Min(work / Grain, device.Threads * source.PiecesPerThread);
        rowBlocks = DivideUp(shape.Rows, most.Rows);
        columnBlocks = DivideUp(tiles * kernel.Columns, most.Columns);
        if (shape.PackA)
        {
            // Every block of columns lays out A once more, so rows are cut first, as far as laying out B for each block of them allows.
            rowBlocks = (int)Math.Clamp(wanted / ((long)products.Length * columnBlocks), rowBlocks, Math.Max(rowBlocks, shape.Rows / FewRows));
        }

        columnBlocks = (int)Math.Clamp(wanted / ((long)products.Length * rowBlocks), columnBlocks, tiles);
        rowBlocks = (int)Math.Clamp(wanted / ((long)products.Length * columnBlocks), rowBlocks, rowTiles);
        rowBlock = DivideUp(rowTiles, rowBlocks) * kernel.Rows;
        columnBlock = DivideUp(tiles, columnBlocks);
    }

    /// <summary>Computes all products; <paramref name="products"/> may overlap in A and B, not in C.</summary>
    public static void Run(CpuDevice device, PanelSource source, ProductShape shape, Product[] products)
    {
        if (shape.Rows == 0 || shape.Columns == 0)
        {
            return;
        }

        var blocked = new BlockedProduct(device, source, shape, products);
        var perProduct = blocked.rowBlocks * blocked.columnBlocks;
        device.ParallelFor(
            products.Length * perProduct,
            i => blocked.Compute(in products[i / perProduct], i % perProduct / blocked.columnBlocks, i % blocked.columnBlocks));
    }

    /// <summary>One piece: a block of rows against a block of columns.</summary>
    private void Compute(in Product product, int rowIndex, int columnIndex)
    {
        const int width = MicroKernel.PanelWidth;
        var firstPanel = (product.FirstColumn / width) + (columnIndex * columnBlock * kernel.Panels);
        var lastPanel = DivideUp(product.FirstColumn + shape.Columns, width);
        var panels = Math.Min(columnBlock * kernel.Panels, lastPanel - firstPanel);
        var firstRow = rowIndex * rowBlock;
        var rows = Math.Min(rowBlock, shape.Rows - firstRow);
        if (panels <= 0 || rows <= 0)
        {
            return;
        }

        // Partial sums of one tile are finished before the next one begins unless k comes in several runs.
        var tiles = DivideUp(panels, kernel.Panels);
        var sums = runs == 1 ? kernel.Rows * kernel.Columns : rows * tiles * kernel.Columns;
        var packedB = source.Packs ? panels * run * width : 0;
        var packedA = shape.PackA ? (rows * run) + StridedRows.Slack : 0;
        using var scratch = device.Rent((long)(sums + packedB + packedA) * sizeof(float));
        var sum = (float*)scratch.Pointer;
        var b = sum + sums;
        var a = b + packedB;
        for (var first = 0; first == 0 || first < shape.Inner; first += run)
        {
            var count = Math.Min(run, shape.Inner - first);
            var block = source.Panels(firstPanel, panels, product.FirstInner + first, count, b, out var panelStride);
            var left = product.A + (firstRow * product.RowStride) + (first * product.InnerStride);
            if (shape.PackA)
            {
                StridedRows.Pack(kernel, rows, count, left, product.InnerStride, a);
            }

            for (var tile = 0; tile < tiles; tile++)
            {
                var panel = tile * kernel.Panels;
                var right = block + (panel * panelStride);
                var columns = new TileColumns(product.FirstColumn, shape.Columns, (firstPanel + panel) * width, kernel.Columns);
                for (var row = 0; row < rows;)
                {
                    var height = kernel.NextRows(rows - row);
                    var partial = runs == 1 ? sum : sum + (((tile * rows) + row) * kernel.Columns);
                    var target = partial;
                    nint targetStride = kernel.Columns;
                    var isLast = first + count == shape.Inner;
                    var c = product.C + ((firstRow + row) * product.TargetStride) + columns.InProduct;
                    var isDirect = isLast && columns.Count == kernel.Columns && product.Bias == null && !shape.Accumulate;
                    if (isDirect)
                    {
                        target = c;
                        targetStride = product.TargetStride;
                    }

                    if (isLast)
                    {
                        Epilogue.Prefetch(height, columns.Count, c, product.TargetStride);
                    }

                    kernel.Multiply(
                        height,
                        count,
                        shape.PackA ? a + (row * count) : left + (row * product.RowStride),
                        shape.PackA ? 1 : product.RowStride,
                        shape.PackA ? height : product.InnerStride,
                        right,
                        panel + 1 < panels ? panelStride : 0,
                        first == 0 ? null : partial,
                        target,
                        targetStride);
                    if (isLast && !isDirect)
                    {
                        var bias = product.Bias == null ? null : product.Bias + columns.InProduct;
                        Epilogue.Finish(height, columns.Count, partial + columns.InTile, kernel.Columns, bias, shape.Accumulate, c, product.TargetStride);
                    }

                    row += height;
                }
            }
        }
    }

    private static int DivideUp(int value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The columns of a tile that belong to the product: a tile may begin before and end after it.</summary>
    private readonly struct TileColumns
    {
        public TileColumns(int firstColumn, int columns, int tileColumn, int tileWidth)
        {
            var begin = Math.Max(firstColumn, tileColumn);
            Count = Math.Min(firstColumn + columns, tileColumn + tileWidth) - begin;
            InTile = begin - tileColumn;
            InProduct = begin - firstColumn;
        }

        public int Count { get; }

        public int InTile { get; }

        public int InProduct { get; }
    }
}
