using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Takes safetensors files apart and puts them together again with whatever is wrong with them left in.</summary>
internal static class RawSafetensors
{
    public static (JsonObject Header, byte[] Data) Split(byte[] file)
    {
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        return (JsonNode.Parse(file.AsSpan(8, length))!.AsObject(), file[(8 + length)..]);
    }

    public static byte[] Join(string header, byte[] data)
    {
        var bytes = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
        return [.. length, .. bytes, .. data];
    }

    public static void Edit(string path, Func<JsonObject, byte[], byte[]> edit)
    {
        var (header, data) = Split(File.ReadAllBytes(path));
        var edited = edit(header, data);

        // A fresh file, because truncating one in place makes some file systems wait for the disk.
        File.Delete(path);
        File.WriteAllBytes(path, Join(header.ToJsonString(), edited));
    }
}
