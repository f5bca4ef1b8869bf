using System.Buffers;
using System.Text;

namespace Grpc.Core;

/// <content>One name and its value.</content>
public sealed partial class Metadata
{
    /// <summary>A name with a text, or with bytes where the name ends with <c>-bin</c>.</summary>
    public class Entry
    {
        private static readonly SearchValues<char> KeyLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

        private readonly string? _value;
        private readonly byte[]? _bytes;

        /// <summary>Makes one with bytes.</summary>
        /// <param name="key">The name, which must end with <c>-bin</c>.</param>
        /// <param name="valueBytes">The bytes; they are copied.</param>
        public Entry(string key, byte[] valueBytes)
        {
            Key = Normalize(key);
            if (!IsBinary)
                throw new ArgumentException($"The name '{key}' has bytes as its value, so it must end with '{BinaryHeaderSuffix}'.", nameof(key));
            ArgumentNullException.ThrowIfNull(valueBytes);
            _bytes = [.. valueBytes];
        }

        /// <summary>Makes one with a text.</summary>
        /// <param name="key">The name, which must not end with <c>-bin</c>.</param>
        /// <param name="value">The text.</param>
        public Entry(string key, string value)
        {
            Key = Normalize(key);
            if (IsBinary)
                throw new ArgumentException($"The name '{key}' ends with '{BinaryHeaderSuffix}', so its value must be bytes.", nameof(key));
            ArgumentNullException.ThrowIfNull(value);
            _value = value;
        }

        /// <summary>The name, in small letters.</summary>
        public string Key { get; }

        /// <summary>The value as bytes: a copy, or the text in ASCII.</summary>
        public byte[] ValueBytes => _bytes is not null ? [.. _bytes] : Encoding.ASCII.GetBytes(_value!);

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">It is binary.</exception>
        public string Value => _value ?? throw new InvalidOperationException($"The entry '{Key}' of the metadata is binary; its value is in {nameof(ValueBytes)}.");

        /// <summary>Whether the value is bytes.</summary>
        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <inheritdoc/>
        public override string ToString() => IsBinary ? $"[Entry: key={Key}, valueBytes={Convert.ToBase64String(_bytes!)}]" : $"[Entry: key={Key}, value={_value}]";

        private static string Normalize(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            var lower = key.ToLowerInvariant();
            return lower.Length > 0 && !lower.AsSpan().ContainsAnyExcept(KeyLetters)
                ? lower
                : throw new ArgumentException($"The name '{key}' can't stand in metadata: only letters, digits, '-', '_' and '.' can.", nameof(key));
        }
    }
}
