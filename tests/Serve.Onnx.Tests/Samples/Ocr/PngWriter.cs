using System.Buffers.Binary;
using System.IO.Compression;

namespace Serve.Onnx.Tests.Samples;

/// <summary>Writes PNG files of every kind, to be decoded again.</summary>
internal static class PngWriter
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <param name="samples">For each pixel its channels, each of so many bits.</param>
    public static byte[] Write(int width, int height, int color, int depth, bool interlaced, int[][] samples, byte[]? palette, byte[]? transparency, Random random)
    {
        var rows = new MemoryStream();
        foreach (var (x0, y0, stepX, stepY) in interlaced ? Adam7 : [(0, 0, 1, 1)])
            WritePass(rows, width, height, depth, samples, (x0, y0, stepX, stepY), random);
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(rows.ToArray());

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)color, (byte)(interlaced ? 1 : 0));

        var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(file, "IHDR"u8, header);
        if (palette is not null)
            WriteChunk(file, "PLTE"u8, palette);
        if (transparency is not null)
            WriteChunk(file, "tRNS"u8, transparency);
        var data = compressed.ToArray();
        var half = data.Length / 2;
        WriteChunk(file, "IDAT"u8, data.AsSpan(0, half));
        WriteChunk(file, "IDAT"u8, data.AsSpan(half));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    public static byte[] WriteHeaderOnly(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(file, "IHDR"u8, header);
        return file.ToArray();
    }

    private static void WritePass(MemoryStream rows, int width, int height, int depth, int[][] samples, (int X, int Y, int StepX, int StepY) pass, Random random)
    {
        if (pass.X >= width)
            return;
        var pixelBytes = Math.Max(1, samples[0].Length * depth / 8);
        byte[]? above = null;
        for (var y = pass.Y; y < height; y += pass.StepY)
        {
            var bits = new List<bool>();
            for (var x = pass.X; x < width; x += pass.StepX)
            {
                foreach (var sample in samples[y * width + x])
                {
                    for (var bit = depth - 1; bit >= 0; bit--)
                        bits.Add((sample >> bit & 1) == 1);
                }
            }

            var row = new byte[(bits.Count + 7) / 8];
            for (var i = 0; i < bits.Count; i++)
                row[i / 8] |= (byte)(bits[i] ? 0x80 >> (i % 8) : 0);
            above ??= new byte[row.Length];
            var filter = random.Next(5);
            rows.WriteByte((byte)filter);
            for (var i = 0; i < row.Length; i++)
            {
                int left = i < pixelBytes ? 0 : row[i - pixelBytes], up = above[i], corner = i < pixelBytes ? 0 : above[i - pixelBytes];
                rows.WriteByte((byte)(row[i] - Predict(filter, left, up, corner)));
            }

            above = row;
        }
    }

    private static int Predict(int filter, int left, int up, int corner)
    {
        var estimate = left + up - corner;
        return filter switch
        {
            0 => 0,
            1 => left,
            2 => up,
            3 => (left + up) / 2,
            _ => new[] { left, up, corner }.MinBy(candidate => Math.Abs(estimate - candidate)),
        };
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(name);
        file.Write(content);
        file.Write([0, 0, 0, 0]); // the check sum, which the decoder leaves to zlib's
    }
}
