using System.Buffers.Binary;

namespace Ocr.Imaging;

/// <summary>
/// Reads the structure of a JPEG file (ITU-T T.81, annex B) before it is decoded. The JPEG decoder inside ONNX Runtime extensions 0.14 ends the process when a
/// table is malformed or missing, and never returns from a file that is cut off; so a file gets there only when each segment that the decoder believes is sound.
/// </summary>
internal ref struct JpegCheck
{
    /// <summary>A progressive file has about ten; thousands are an attack on the decoder's time.</summary>
    private const int MaxScans = 64;

    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, QuantizationTables = 0xDB, HuffmanTables = 0xC4, RestartInterval = 0xDD;
    private const byte Baseline = 0xC0, Extended = 0xC1, Progressive = 0xC2;

    private readonly ReadOnlySpan<byte> _file;
    private int _position;
    private byte _frame;
    private int _quantizationTables;
    private int _huffmanTables; // a bit for each: DC 0 to 3, then AC 0 to 3
    private int _scans;
    private ReadOnlySpan<byte> _components;

    private JpegCheck(ReadOnlySpan<byte> file) => _file = file;

    public static bool IsJpeg(ReadOnlySpan<byte> file) => file.Length >= 3 && file[0] == 0xFF && file[1] == StartOfImage && file[2] == 0xFF;

    /// <exception cref="InvalidImageException">The file is cut off, broken, of a kind that isn't decoded, or too large.</exception>
    public static void Check(ReadOnlySpan<byte> file)
    {
        var check = new JpegCheck(file) { _position = 2 };
        while (check.ReadSegment())
        {
        }
    }

    /// <returns>False at the end of the image.</returns>
    private bool ReadSegment()
    {
        var marker = ReadMarker();
        if (marker == EndOfImage)
        {
            Require(_scans > 0, "has no image in it");
            return false;
        }

        Require(marker is not (0 or 1 or >= 0xD0 and <= StartOfImage), $"has marker {marker:X2} where none can be");
        Require(_position + 2 <= _file.Length, "is cut off");
        var length = BinaryPrimitives.ReadUInt16BigEndian(_file[_position..]);
        Require(length >= 2 && _position + length <= _file.Length, $"is cut off in its segment {marker:X2}");
        var content = _file.Slice(_position + 2, length - 2);
        _position += length;
        switch (marker)
        {
            case Baseline or Extended or Progressive:
                ReadFrame(marker, content);
                break;
            case QuantizationTables:
                ReadQuantizationTables(content);
                break;
            case HuffmanTables:
                ReadHuffmanTables(content);
                break;
            case RestartInterval:
                Require(content.Length == 2, "has a malformed restart interval");
                break;
            case StartOfScan:
                ReadScan(content);
                break;
            default:
                Require(marker is >= 0xE0 and <= 0xEF or 0xFE, $"is of a kind that isn't read (marker {marker:X2}); baseline and progressive JPEG are");
                break;
        }

        return true;
    }

    private byte ReadMarker()
    {
        Require(_position < _file.Length, "is cut off");
        Require(_file[_position] == 0xFF, $"has {_file[_position]:X2} at {_position}, where a segment should begin");
        while (_position < _file.Length && _file[_position] == 0xFF)
            _position++;
        Require(_position < _file.Length, "is cut off");
        return _file[_position++];
    }

    /// <summary>08 01E0 0280 03, then 01 22 00 for each component: its id, its sampling, its quantization table.</summary>
    private void ReadFrame(byte marker, ReadOnlySpan<byte> content)
    {
        Require(_frame == 0, "has two frames");
        Require(content.Length >= 6 && content.Length == 6 + content[5] * 3, "has a malformed frame");
        Require(content[0] == 8, $"has {content[0]} bits for a sample; 8 are read");
        ImageDecoder.CheckSize(BinaryPrimitives.ReadUInt16BigEndian(content[3..]), BinaryPrimitives.ReadUInt16BigEndian(content[1..]));
        Require(content[5] is 1 or 3 or 4, $"has {content[5]} colour components; 1, 3 or 4 are read");
        _frame = marker;
        _components = content[6..];
        for (var i = 0; i < _components.Length; i += 3)
        {
            var (horizontal, vertical) = (_components[i + 1] >> 4, _components[i + 1] & 15);
            Require(horizontal is 1 or 2 or 4 && vertical is 1 or 2 or 4 && _components[i + 2] < 4, "has a malformed frame");
        }
    }

    private void ReadQuantizationTables(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var (precision, table) = (content[0] >> 4, content[0] & 15);
            var length = 1 + 64 * (precision + 1);
            Require(precision < 2 && table < 4 && content.Length >= length, "has a malformed quantization table");
            _quantizationTables |= 1 << table;
            content = content[length..];
        }
    }

    /// <summary>The class and number of a table, how many codes there are of 1 to 16 bits, and their values.</summary>
    private void ReadHuffmanTables(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var (kind, table) = (content[0] >> 4, content[0] & 15);
            Require(kind < 2 && table < 4 && content.Length >= 17, "has a malformed Huffman table");
            int count = 0, room = 1;
            for (var bits = 1; bits <= 16; bits++)
            {
                count += content[bits];
                room = room * 2 - content[bits];
                Require(room >= 0, "has a Huffman table with more codes than fit");
            }

            // The code of all ones is reserved: a table that fills every code has one too many.
            Require(room > 0 && count <= 256 && content.Length >= 17 + count, "has a malformed Huffman table");
            Require(kind == 1 || content.Slice(17, count).IndexOfAnyExceptInRange((byte)0, (byte)15) < 0, "has a malformed Huffman table");
            _huffmanTables |= 1 << (kind * 4 + table);
            content = content[(17 + count)..];
        }
    }

    /// <summary>The number of components, the id and tables of each, and for progressive files which part of the picture follows; then the coded picture.</summary>
    private void ReadScan(ReadOnlySpan<byte> content)
    {
        Require(_frame != 0, "has a scan before its frame");
        Require(content.Length >= 1 && content[0] is >= 1 and <= 4 && content.Length == 4 + content[0] * 2, "has a malformed scan");
        Require(++_scans <= MaxScans, $"has more than {MaxScans} scans");
        var (first, last, approximation) = (content[^3], content[^2], content[^1]);
        var progressive = _frame == Progressive;
        var blocks = 0;
        for (var i = 1; i < content.Length - 3; i += 2)
        {
            var component = IndexOfComponent(content[i]);
            Require(component >= 0 && content[1..i].IndexOf(content[i]) is var before && (before < 0 || before % 2 == 1), "has a scan of a component that its frame lacks");
            Require((_quantizationTables >> _components[component + 2] & 1) == 1, "lacks a quantization table");
            blocks += (_components[component + 1] >> 4) * (_components[component + 1] & 15);
            var (dc, ac) = (content[i + 1] >> 4, content[i + 1] & 15);
            Require(dc < 4 && ac < 4, "has a malformed scan");
            var needsDc = !progressive || (first == 0 && approximation >> 4 == 0);
            var needsAc = !progressive || first > 0;
            Require(!needsDc || (_huffmanTables >> dc & 1) == 1, "lacks a Huffman table");
            Require(!needsAc || (_huffmanTables >> (4 + ac) & 1) == 1, "lacks a Huffman table");
        }

        Require(content[0] == 1 || blocks <= 10, "has too many blocks in a unit");
        if (progressive)
            CheckProgression(first, last, approximation >> 4, approximation & 15, content[0]);
        SkipCodedPicture();
    }

    private static void CheckProgression(int first, int last, int high, int low, int components)
    {
        var band = first == 0 ? last == 0 : components == 1 && first <= last && last < 64;
        Require(band && low <= 13 && (high == 0 || high == low + 1), "has a malformed progressive scan");
    }

    private readonly int IndexOfComponent(byte id)
    {
        for (var i = 0; i < _components.Length; i += 3)
        {
            if (_components[i] == id)
                return i;
        }

        return -1;
    }

    /// <summary>In the coded picture FF is followed by 00, or by a restart marker, which belongs to it too.</summary>
    private void SkipCodedPicture()
    {
        for (; ; _position++)
        {
            var next = _file[_position..].IndexOf((byte)0xFF);
            Require(next >= 0 && _position + next + 1 < _file.Length, "is cut off in the middle of its picture");
            _position += next;
            if (_file[_position + 1] is not (0 or 0xFF or (>= 0xD0 and <= 0xD7)))
                return;
        }
    }

    private static void Require(bool condition, string complaint)
    {
        if (!condition)
            throw new InvalidImageException($"The JPEG file {complaint}.");
    }
}
