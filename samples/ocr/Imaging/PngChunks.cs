using System.Buffers.Binary;

namespace Ocr.Imaging;

/// <summary>The parts of a PNG file that its pixels are made of.</summary>
/// <param name="Palette">Red, green and blue of each colour; empty without a palette.</param>
/// <param name="Transparency">With a palette, the opacity of each of its first colours; else the one colour that is transparent, two bytes for each channel.</param>
/// <param name="Data">The compressed rows.</param>
internal sealed record PngChunks(PngHeader Header, byte[] Palette, byte[] Transparency, MemoryStream Data)
{
    /// <summary>A chunk is its length, its name, its content and a check sum, which the check sum of the compressed data makes needless.</summary>
    private const int Overhead = 12;

    public static PngChunks Read(ReadOnlySpan<byte> file)
    {
        PngHeader? header = null;
        byte[] palette = [], transparency = [];
        var data = new MemoryStream(file.Length);
        var rest = file[PngHeader.SignatureLength..];
        while (rest.Length > 0)
        {
            var length = rest.Length < Overhead ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - Overhead)
                throw new InvalidImageException($"The PNG file is cut off after {file.Length} bytes.");
            var name = rest.Slice(4, 4);
            var content = rest.Slice(8, (int)length);
            rest = rest[((int)length + Overhead)..];

            if (name.SequenceEqual("IHDR"u8))
                header = PngHeader.Read(content);
            else if (name.SequenceEqual("PLTE"u8))
                palette = content.ToArray();
            else if (name.SequenceEqual("tRNS"u8))
                transparency = content.ToArray();
            else if (name.SequenceEqual("IDAT"u8))
                data.Write(content);
            else if (name.SequenceEqual("IEND"u8))
                break;
        }

        data.Position = 0;
        return new PngChunks(header ?? throw new InvalidImageException("The PNG file has no header."), palette, transparency, data);
    }
}
