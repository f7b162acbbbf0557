using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Cpu.Memory;

namespace CircuitGrid.Compute.Tests.Cpu;

public sealed class NativePoolTests
{
    /// <summary>A model of the pool as a list of what is rented: blocks must never meet, whatever was returned in between.</summary>
    [Fact]
    public unsafe void Rent_AnyOrderOfRentsAndReturns_BlocksAreApartAndPagesAreUsedAgain()
    {
        using var pool = new NativePool(budget: null);
        var random = new Random(1);
        var rented = new List<(nint Address, long Bytes, NativeBlock Block)>();
        long peak = 0;
        for (var i = 0; i < 5_000; i++)
        {
            if (rented.Count > 0 && random.Next(2) == 0)
            {
                var returned = random.Next(rented.Count);
                rented[returned].Block.Dispose();
                rented.RemoveAt(returned);
                continue;
            }

            var bytes = (long)Math.Pow(2, 22 * random.NextDouble());
            var block = pool.Rent(bytes);
            var address = (nint)block.Pointer;
            Assert.Equal(0, address % NativePool.Alignment);
            Assert.DoesNotContain(rented, r => address < r.Address + (nint)r.Bytes + NativePool.ReadableSlack && r.Address < address + (nint)bytes + NativePool.ReadableSlack);
            rented.Add((address, bytes, block));
            peak = Math.Max(peak, pool.AllocatedBytes);
        }

        Assert.True(peak > 20 << 20);
        Assert.InRange(pool.AllocatedBytes + pool.KeptBytes, peak, 2 * peak);
    }

    [Fact]
    public unsafe void Return_OfNeighboursInAnyOrder_JoinsTheirRanges()
    {
        const long Third = (NativePool.SegmentBytes / 3) - 128;
        foreach (var order in (int[][])[[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1]])
        {
            using var pool = new NativePool(budget: null);
            var blocks = Enumerable.Range(0, 3).Select(_ => pool.Rent(Third)).ToArray();
            var start = (nint)blocks[0].Pointer;
            foreach (var i in order)
            {
                blocks[i].Dispose();
            }

            using var whole = pool.Rent(NativePool.SegmentBytes - NativePool.ReadableSlack);
            Assert.Equal(start, (nint)whole.Pointer);
        }
    }

    [Fact]
    public void Trim_FreeSegmentsGo_ThoseInUseStay()
    {
        using var pool = new NativePool(budget: null);

        // first, so that it can't share the large one's segment where another test has left a longer one behind
        using var small = pool.Rent(1000);
        var large = pool.Rent(NativePool.SegmentBytes + 1);
        large.Dispose();
        Assert.InRange(pool.KeptBytes, NativePool.SegmentBytes, NativePool.SegmentBytes + 256);
        pool.Trim();
        Assert.Equal(0, pool.KeptBytes);
        Assert.InRange(pool.AllocatedBytes, 1000, 1200);
    }

    [Fact]
    public unsafe void Rent_ReturnedBlock_IsRentedAgain()
    {
        using var pool = new NativePool(budget: null);
        var first = pool.Rent(1000);
        var address = (nint)first.Pointer;
        Assert.Equal(0, address % NativePool.Alignment);
        first.Dispose();
        using var second = pool.Rent(990);
        Assert.Equal(address, (nint)second.Pointer);
        Assert.Equal(0, pool.KeptBytes);
    }

    [Fact]
    public unsafe void Dispose_SegmentsOfOneSizeOfTheirOwn_ServeTheNextPool()
    {
        // a length no other test has, so that none of them takes the segment over
        const long Odd = NativePool.SegmentBytes + (7 << 20);
        var first = new NativePool(budget: null);
        var block = first.Rent(Odd);
        var address = (nint)block.Pointer;
        first.Dispose();
        Assert.NotEqual(0, (nint)block.Pointer);
        block.Dispose();
        using var second = new NativePool(budget: null);
        using var again = second.Rent(Odd);
        Assert.Equal(address, (nint)again.Pointer);
        Assert.Equal(0, second.KeptBytes);
    }

    [Fact]
    public unsafe void Dispose_Twice_ReturnsOnce()
    {
        using var pool = new NativePool(budget: null);
        var block = pool.Rent(1000);
        block.Dispose();
        block.Dispose();
        Assert.Equal(0, pool.AllocatedBytes);
        using var one = pool.Rent(1000);
        using var other = pool.Rent(1000);
        Assert.NotEqual((nint)one.Pointer, (nint)other.Pointer);
        Assert.Throws<ObjectDisposedException>(() => (nint)block.Pointer);
    }

    [Fact]
    public void Budget_Exceeded_NamesTheNumbers()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1, MemoryBudget = 100_000 });
        using var held = device.Allocate([10_000]);
        var thrown = Assert.Throws<DeviceMemoryException>(() => device.Allocate([20_000]));
        Assert.Equal(100_000, thrown.Limit);
        Assert.Equal(device.AllocatedBytes, thrown.Allocated);
        Assert.InRange(thrown.Requested, 80_000, 80_200);
        Assert.Contains("100,000", thrown.Message, StringComparison.Ordinal);
        Assert.InRange(device.AllocatedBytes, 40_000, 40_200);
    }

    [Fact]
    public void Budget_FilledByKeptBlocks_AreGivenBackFirst()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1, MemoryBudget = 100_000 });
        for (var length = 1000; length < 20_000; length += 1000)
        {
            device.Allocate([length]).Dispose();
        }

        using var tensor = device.Allocate([20_000]);
        Assert.InRange(device.AllocatedBytes, 80_000, 80_200);
    }

    [Fact]
    public void Allocate_MoreThanTheMachineHas_IsADeviceMemoryException()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        var thrown = Assert.Throws<DeviceMemoryException>(() => device.Allocate([1 << 30, 1 << 28]));
        Assert.Null(thrown.Limit);
        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void Slices_OfADisposedTensor_CannotBeUsed()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        var tensor = device.Allocate([4, 3]);
        var slice = tensor.Slice(1, 2).Reshape(6);
        device.Fill(tensor, 1);
        device.Fill(slice, 7);
        slice.Dispose();
        var values = new float[12];
        device.Download(tensor, values);
        Assert.Equal([1, 1, 1, 7, 7, 7, 7, 7, 7, 1, 1, 1], values);
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.Fill(slice, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Slice(2, 3));
        Assert.Throws<ArgumentException>(() => tensor.Reshape(5, 2));
    }

    [Fact]
    public void Device_AfterEveryKernel_HoldsNoScratch()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2, Grain = 1 });
        foreach (var name in Conformance.KernelCases.Names)
        {
            Conformance.KernelCases.Run(name, device);
            Assert.True(device.AllocatedBytes == 0, $"{name} leaves {device.AllocatedBytes} bytes");
        }
    }

    [Fact]
    public void Tensor_DisposedAfterItsDevice_IsHarmless()
    {
        var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        var tensor = device.Allocate([100]);
        device.Dispose();
        tensor.Dispose();
        Assert.Equal(0, device.AllocatedBytes);
        Assert.Throws<ObjectDisposedException>(() => device.Allocate([100]));
    }

    [Fact]
    public void Rent_FromManyThreads_NoBlockTwice()
    {
        using var pool = new NativePool(budget: null);
        Parallel.For(0, 8, seed =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 500; i++)
            {
                unsafe
                {
                    using var block = pool.Rent(random.Next(1, 4) * 300);
                    *(int*)block.Pointer = seed;
                    Thread.SpinWait(20);
                    Assert.Equal(seed, *(int*)block.Pointer);
                }
            }
        });
        Assert.Equal(0, pool.AllocatedBytes);
    }
}
