using System.Numerics;

namespace Ocr.Detection;

/// <summary>Finds the connected parts of a map that are above a threshold, one after the other.</summary>
internal sealed class MapBlobs
{
    private readonly int _width;
    private readonly int _height;
    private readonly bool[] _set;
    private readonly int[] _left;  // the extent of the current blob in each row
    private readonly int[] _right;
    private readonly Stack<int> _open = new();
    private int _next;

    public MapBlobs(ReadOnlySpan<float> map, int width, float threshold)
    {
        _width = width;
        _height = map.Length / width;
        _set = new bool[map.Length];
        for (var i = 0; i < map.Length; i++)
            _set[i] = map[i] > threshold;
        _left = new int[_height];
        _right = new int[_height];
        Array.Fill(_left, int.MaxValue);
    }

    /// <summary>Moves to the next blob. Pixels that touch at a corner are of one blob.</summary>
    /// <param name="outline">Gets the outer corners of the blob's first and last pixel in each row: all that its convex hull needs.</param>
    /// <returns>False when there is none left.</returns>
    public bool MoveNext(List<Vector2> outline)
    {
        outline.Clear();
        var ahead = _set.AsSpan(_next).IndexOf(true);
        if (ahead < 0)
            return false;
        _next += ahead;
        var top = _next / _width;
        var bottom = Clear(_next);
        for (var y = top; y <= bottom; y++)
        {
            outline.Add(new Vector2(_left[y], y));
            outline.Add(new Vector2(_left[y], y + 1));
            outline.Add(new Vector2(_right[y] + 1, y));
            outline.Add(new Vector2(_right[y] + 1, y + 1));
            (_left[y], _right[y]) = (int.MaxValue, 0);
        }

        return true;
    }

    /// <summary>Takes a blob off the map and notes its extent.</summary>
    /// <returns>Its last row.</returns>
    private int Clear(int start)
    {
        var bottom = start / _width;
        Open(start);
        while (_open.TryPop(out var at))
        {
            var (y, x) = Math.DivRem(at, _width);
            _left[y] = Math.Min(_left[y], x);
            _right[y] = Math.Max(_right[y], x);
            bottom = Math.Max(bottom, y);
            for (var ny = Math.Max(0, y - 1); ny <= Math.Min(_height - 1, y + 1); ny++)
            {
                for (var nx = Math.Max(0, x - 1); nx <= Math.Min(_width - 1, x + 1); nx++)
                {
                    if (_set[ny * _width + nx])
                        Open(ny * _width + nx);
                }
            }
        }

        return bottom;
    }

    private void Open(int at)
    {
        _set[at] = false;
        _open.Push(at);
    }
}
