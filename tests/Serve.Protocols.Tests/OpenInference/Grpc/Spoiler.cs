namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Spoils messages: a few bytes, a length, a part that is missing, doubled or from another message.</summary>
internal static class Spoiler
{
    private static readonly byte[] Telling = [0x00, 0x01, 0x7F, 0x80, 0xFF, 0x0A, 0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x0B, 0x0C];

    public static byte[] Spoil(byte[] message, byte[][] corpus, Random random)
    {
        var spoiled = message.ToList();
        var at = random.Next(spoiled.Count + 1);
        var count = Math.Min(random.Next(1, 20), spoiled.Count - at);
        switch (random.Next(8))
        {
            case 0 when at < spoiled.Count:
                spoiled[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < spoiled.Count:
                spoiled[at] = Telling[random.Next(Telling.Length)];
                break;
            case 2 when at < spoiled.Count:
                spoiled[at] = (byte)(spoiled[at] + random.Next(-3, 4));
                break;
            case 3:
                spoiled.RemoveRange(at, spoiled.Count - at);
                break;
            case 4:
                spoiled.RemoveRange(at, count);
                break;
            case 5:
                spoiled.InsertRange(at, spoiled.GetRange(at, count));
                break;
            case 6:
                var other = corpus[random.Next(corpus.Length)];
                var start = random.Next(other.Length + 1);
                spoiled.InsertRange(at, other.Skip(start).Take(random.Next(1, 60)));
                break;
            default:
                spoiled.InsertRange(at, RandomRequests.Bytes(random, random.Next(1, 12)));
                break;
        }

        return [.. spoiled];
    }
}
