using CircuitGrid.Compute.Cpu.Memory;

namespace CircuitGrid.Compute.Tests.Cpu;

public sealed unsafe class StreamingCopyTests
{
    [Fact]
    public void Copy_AnyPlaceAndLength_WritesExactlyItsElements()
    {
        const int Room = 160;
        var source = Enumerable.Range(0, Room).Select(i => i + 0.5f).ToArray();
        for (var fromOffset = 0; fromOffset < 3; fromOffset++)
        {
            for (var toOffset = 0; toOffset < 20; toOffset++)
            {
                for (var count = 0; count < 100; count += 1 + (count / 20))
                {
                    var destination = Enumerable.Repeat(-1f, Room).ToArray();
                    fixed (float* from = source)
                    {
                        fixed (float* to = destination)
                        {
                            StreamingCopy.Copy(from + fromOffset, to + toOffset, count);
                            StreamingCopy.Flush();
                        }
                    }

                    var expected = Enumerable.Repeat(-1f, Room).ToArray();
                    source.AsSpan(fromOffset, count).CopyTo(expected.AsSpan(toOffset));
                    Assert.Equal(expected, destination);
                }
            }
        }
    }
}
