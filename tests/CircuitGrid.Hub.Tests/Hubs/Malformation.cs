using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.HubStandIn.Faults;

namespace CircuitGrid.Hub.Tests.Hubs;

/// <summary>Answers that no hub should give, drawn from a generator.</summary>
/// <param name="random">Draws them.</param>
/// <param name="outside">A path that nothing may be written to.</param>
internal sealed class Malformation(Random random, string outside)
{
    private static readonly string[] s_headers =
    [
        "Location", "Link", "ETag", "X-Linked-Etag", "X-Linked-Size", "Content-Range", "Content-Encoding", "X-Error-Code", "X-Error-Message", "X-HF-Warning", "Retry-After", "RateLimit",
        "X-Repo-Commit", "Content-Type", "Transfer-Encoding",
    ];

    private static readonly string[] s_raw =
    [
        "", "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 999 No\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n{}", "HTTP/1.1 200 OK\r\n: empty\r\n\r\n{}", "HTTP/1.1 302 Found\r\nLocation: http://\u00e4\u00f6\u0001/\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    ];

    private readonly string[] texts =
    [
        "", "..", "../../x", "../../../../../../../../x", outside, "/", "a/../b", "a//b", "a/./b", "C:\\x", "..\\..\\x", "\0", "a\nb", "\u001b[31m", new('a', 3000), string.Join('/', Enumerable.Repeat("d", 700)),
        "\ud83d\ude00", "%2e%2e%2fx", "?", "#", "CON", "refs/heads/main", new('0', 40), new('f', 64), new('F', 40), new('g', 40), "model.safetensors", "model.safetensors/x", "file", "directory", "symlink",
        "-1", "99999999999999999999999", "W/\"\"", "\"", "<>; rel=\"next\"", "<http://[>; rel=next", "</>; rel=\"next\"", "</api/models/lab/tiny/tree/x>; rel=\"next\"", "http://", "//", "///x", "file:///etc/passwd", "javascript:x",
        "http://localhost:1/x", "https://[::1", "http://a:b@c/x", "http://xn--/x", "bytes 5-2/1", "bytes 0-0/0", "bytes */*", "bytes 0-99999999999999999999/7", "gzip", "br, identity", "RepoNotFound", "GatedRepo", "EntryNotFound", "nonsense; x",
        "\"api\";r=0;t=99999999999999999", "\"api\";r=0;t=0", "Thu, 99 Foo 0000 00:00:00 GMT", "chunked",
    ];

    private string[] Sendable => field ??= [.. texts.Where(t => t.All(c => c is >= ' ' and <= '~'))];

    /// <summary>Something that is wrong with an answer; <paramref name="what"/> says it.</summary>
    public Fault Next(out string what)
    {
        switch (random.Next(11))
        {
            case 0 or 1 or 2 or 3:
                what = "a value";
                return Fault.Body(WrongValue);
            case 4 or 5:
                what = "bytes";
                return Fault.Body(WrongBytes);
            case 6:
                var (status, text, header, value) = (Status(), Pick(texts), Pick(s_headers[..12]), Pick(Sendable));
                what = $"{status} {header}: {value}";
                return Fault.Answer(status, status is 204 or 304 ? "" : text, "application/json", (header, value));
            case 7 or 8:
                var edits = Enumerable.Range(0, random.Next(1, 4)).Select(_ => (Name: Pick(s_headers), Value: Pick(Sendable))).ToList();
                what = string.Join(", ", edits);
                return Fault.Headers(headers => edits.ForEach(e => headers[e.Name] = e.Value));
            case 9:
                what = "a redirect";
                return random.Next(4) switch
                {
                    0 => Fault.RedirectToItself(),
                    1 => Fault.RedirectElsewhere(),
                    2 => Fault.Redirect(Pick(Sendable)),
                    _ => Fault.Redirect(Pick(["../", "?", "/api/models/lab/tiny/refs", "x/y?z"]) + random.Next(3)),
                };
            default:
                var raw = Pick(s_raw);
                if (random.Next(3) == 0)
                {
                    raw = raw[..random.Next(raw.Length + 1)] + Pick(texts);
                }

                what = "raw";
                return Fault.Bytes(Encoding.Latin1.GetBytes(raw));
        }
    }

    private string Pick(string[] of) => of[random.Next(of.Length)];

    private int Status() => random.Next(3) switch { 0 => 200, 1 => (int[])[301, 302, 303, 307, 308] is var all ? all[random.Next(all.Length)] : 0, _ => random.Next(201, 600) };

    private byte[] WrongBytes(byte[] body)
    {
        var bytes = body.ToList();
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(texts)));
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)'[', random.Next(1, 200)));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A value somewhere in the JSON that is another; where the answer is none, other bytes.</summary>
    private byte[] WrongValue(byte[] body)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(body)!;
        }
        catch (System.Text.Json.JsonException)
        {
            return WrongBytes(body);
        }

        var places = Places(root).ToList();
        var (parent, key) = places.Count == 0 ? default : places[random.Next(places.Count)];
        switch (parent)
        {
            case JsonObject members when random.Next(5) == 0:
                members.Remove(key!);
                break;
            case JsonObject members:
                members[key!] = Value();
                break;
            case JsonArray items when random.Next(5) == 0:
                items.Add(items.Count == 0 ? Value() : items[0]!.DeepClone());
                break;
            case JsonArray items when items.Count > 0:
                items[random.Next(items.Count)] = Value();
                break;
            default:
                root = Value() ?? new JsonArray();
                break;
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private JsonNode? Value() => random.Next(8) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-3, 400_000),
        3 => (JsonNode?)JsonNode.Parse(Pick(["1e999", "-0", "9223372036854775808", "1.5", "1e15", "4503599627370496"])),
        4 => new JsonArray(),
        5 => new JsonObject { ["oid"] = Pick(texts), ["size"] = random.Next(5) },
        _ => Pick(texts),
    };

    private static IEnumerable<(JsonNode Parent, string? Key)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.Select(m => ((JsonNode)members, (string?)m.Key)).Concat(members.SelectMany(m => Places(m.Value))),
        JsonArray items => new[] { ((JsonNode)items, (string?)null) }.Concat(items.SelectMany(Places)),
        _ => [],
    };
}
