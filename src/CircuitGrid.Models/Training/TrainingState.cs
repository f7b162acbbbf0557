using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Training;

/// <summary>
/// What a stopped run goes on from: completed steps, their losses, parameters and moments. The file is magic, fingerprint of the run,
/// step, parameter count, losses, the three arrays, and the SHA-256 of all that, little-endian; it is replaced as a whole, so that
/// a run killed while writing still has the one before.
/// </summary>
internal sealed class TrainingState
{
    private const int HeaderLength = 8 + SHA256.HashSizeInBytes + sizeof(int) + sizeof(int);

    private static ReadOnlySpan<byte> Magic => "CGTRAIN1"u8;

    /// <summary>Loss of every completed step.</summary>
    public required float[] Losses { get; init; }

    public required float[] Values { get; init; }

    public required float[] FirstMoments { get; init; }

    public required float[] SecondMoments { get; init; }

    /// <summary>Writes the state to <paramref name="path"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">SHA-256 of everything that determines the run.</param>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public void Write(string path, ReadOnlySpan<byte> fingerprint)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        fingerprint.CopyTo(header.AsSpan(Magic.Length));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(HeaderLength - (2 * sizeof(int))), Losses.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(HeaderLength - sizeof(int)), Values.Length);

        OutputFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(header);
            foreach (var array in (float[][])[Losses, Values, FirstMoments, SecondMoments])
            {
                Append(MemoryMarshal.AsBytes<float>(array));
            }

            stream.Write(hash.GetHashAndReset());

            void Append(ReadOnlySpan<byte> bytes)
            {
                stream.Write(bytes);
                hash.AppendData(bytes);
            }
        });
    }

    /// <summary>Reads a state that this run wrote.</summary>
    /// <exception cref="InvalidInputException">The file is damaged or belongs to another run.</exception>
    public static TrainingState Read(string path, ReadOnlySpan<byte> fingerprint, int parameters, int steps)
    {
        const string WayOut = "delete it to train from the start";
        var longest = HeaderLength + (sizeof(float) * (steps + (3L * parameters))) + SHA256.HashSizeInBytes;
        using var file = SourceFile.Open(path);
        if (file.Length < HeaderLength + SHA256.HashSizeInBytes || file.Length > longest)
        {
            throw new InvalidInputException(path, $"is {file.Length} bytes long, which no state of this run is; {WayOut}");
        }

        var bytes = new byte[file.Length];
        file.ReadExactly(0, bytes);
        var content = bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes);
        if (!content.StartsWith(Magic))
        {
            throw new InvalidInputException(path, $"isn't a training state; {WayOut}");
        }

        if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(content.Length)))
        {
            throw new InvalidInputException(path, $"is damaged: its checksum doesn't match; {WayOut}");
        }

        if (!content.Slice(Magic.Length, SHA256.HashSizeInBytes).SequenceEqual(fingerprint))
        {
            throw new InvalidInputException(path, "belongs to a run with other options, text or device; resume with those, or " + WayOut);
        }

        var step = BinaryPrimitives.ReadInt32LittleEndian(content[(HeaderLength - (2 * sizeof(int)))..]);
        var count = BinaryPrimitives.ReadInt32LittleEndian(content[(HeaderLength - sizeof(int))..]);
        if (count != parameters || step < 0 || step > steps || content.Length != HeaderLength + (sizeof(float) * (step + (3L * count))))
        {
            throw new InvalidInputException(path, $"doesn't hold {parameters} parameters and a step up to {steps}; {WayOut}");
        }

        var numbers = MemoryMarshal.Cast<byte, float>(content[HeaderLength..]);
        return new TrainingState
        {
            Losses = numbers[..step].ToArray(),
            Values = numbers.Slice(step, count).ToArray(),
            FirstMoments = numbers.Slice(step + count, count).ToArray(),
            SecondMoments = numbers.Slice(step + (2 * count), count).ToArray(),
        };
    }
}
