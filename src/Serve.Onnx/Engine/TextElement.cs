using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serve.Tensors;

namespace Serve.Onnx.Engine;

/// <summary>Texts: ONNX Runtime keeps each as an object of its own, so that they are always copied.</summary>
internal sealed class TextElement() : TensorElement(TensorElementType.String, "string", typeof(string), TensorDataType.Bytes)
{
    public override OnnxValue Read(string name, OrtValue value) => new OnnxText(name, this, value.GetStringTensorAsArray(), ShapeOf(value));

    public override OrtValue Show(TensorBuffer buffer)
    {
        if (BytesElements.WhatIsWrong(buffer.Bytes, buffer.ElementCount) is { } wrong)
            throw new OnnxInputException($"A tensor of BYTES {TensorSize.Describe(buffer.Shape)} {wrong}.");
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, buffer.Shape.ToArray());
        var elements = new BytesElements(buffer.Bytes);
        for (var i = 0; elements.MoveNext(); i++)
            value.StringTensorSetElementAt(elements.Current, i);
        return value;
    }

    public override TensorBuffer Lend(string name, OrtValue value, RunInputs inputs)
    {
        using (value)
        {
            var shape = value.GetTensorTypeAndShape().Shape;
            if (!TensorSize.TryCount(shape, out var count))
                throw LentOutput.TooLarge(name, shape);
            var length = 0L;
            for (var i = 0; i < count; i++)
                length += BytesElements.LengthSize + value.GetStringElementAsSpan(i).Length;
            if (length > TensorSize.MaxBytes)
                throw LentOutput.TooLarge(name, shape);
            var buffer = TensorBuffer.RentBytes((int)length, shape);
            var rest = buffer.Bytes;
            for (var i = 0; i < count; i++)
            {
                var text = value.GetStringElementAsSpan(i);
                BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)text.Length);
                text.CopyTo(rest[BytesElements.LengthSize..]);
                rest = rest[(BytesElements.LengthSize + text.Length)..];
            }

            return buffer;
        }
    }
}
