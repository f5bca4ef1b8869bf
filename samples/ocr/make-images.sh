#!/bin/sh
# Renders the test images and what they say (images/expected.json; null for a file that can't be read).
# Debian: apt install imagemagick fonts-dejavu-core fonts-liberation fonts-freefont-ttf; then ./make-images.sh
set -eu
cd "$(dirname "$0")/images"
rm -f ./*

entries=""

# expect FILE TEXT: notes what an image says; NULL for nothing that can be read.
expect() {
  if [ "$2" = NULL ]; then text=null; else text="\"$(printf '%s' "$2" | sed 's/\\/\\\\/g; s/"/\\"/g' | sed ':a;N;$!ba;s/\n/\\n/g')\""; fi
  entries="$entries${entries:+,
}  \"$1\": $text"
}

# render FILE FONT SIZE TEXT [OPTIONS...]: black on white unless the options say otherwise.
render() {
  file=$1 font=$2 size=$3 text=$4
  shift 4
  convert -background white -fill black -font "$font" -pointsize "$size" -interline-spacing 6 "label:$text" -bordercolor white -border 24 "$@" \
    -depth 8 -strip -define png:exclude-chunks=date,time "$file"
  expect "$file" "$text"
}

fox='The quick brown fox jumps over the lazy dog'
report='Model serving turns a trained model into
a service that answers requests. A replica
holds the model in memory, a router spreads
the load, and a controller adds replicas
when the queue grows longer than 20 requests
or removes them after 5 quiet minutes.'
letter='Dear Ms. Whitfield,

thank you for your order no. 48-1173 of 12 March.
We have sent the three boxes today; they should
reach you by Friday. The invoice over $1,284.50
is enclosed. Please call 555-0142 with questions.

Yours sincerely,
Harold Jennings'
receipt='CORNER BAKERY
Rye bread      4.20
Butter rolls   3.60
Coffee, large  2.95
TOTAL         10.75'

render line-sans.png DejaVu-Sans 32 "$fox" -colors 16
render line-serif.png Liberation-Serif 28 'Invoice No. 2024-0815, due on 30 September' -colors 16
render line-small.png Liberation-Sans 15 'Small print: the warranty ends after 24 months.' -colors 16
render title.png DejaVu-Sans-Bold 88 'Annual Report' -colors 16
render line-upside-down.png Liberation-Sans 30 'Handle with care, this side up' -rotate 180 -colors 16
render paragraph.png Liberation-Sans 24 "$report" -colors 16
render paragraph-upside-down.png Liberation-Sans 24 "$report" -rotate 180 -colors 16
render paragraph-sideways.png DejaVu-Serif 22 "$report" -rotate 90 -colors 16
render paragraph-tilted.png FreeSans 26 "$report" -rotate 4 -colors 16
render letter.jpg Liberation-Serif 26 "$letter" -quality 75
render letter-progressive.jpg FreeSerif 24 "$letter" -rotate 180 -interlace JPEG -quality 70
render grey.png DejaVu-Serif 24 "$report" -colorspace Gray -level-colors gray25,gray80 -depth 8 -define png:color-type=0
render grey.jpg Liberation-Sans-Italic 28 'Received with thanks: 14 pallets of timber' -colorspace Gray -quality 80
render cmyk.jpg DejaVu-Sans 28 'Four inks: cyan, magenta, yellow and black' -fill navy -colorspace CMYK -quality 80
render inverted.png DejaVu-Sans-Bold 26 'Platform 9: the night train to Vienna leaves at 22:47' -negate -colors 16
render receipt.png Liberation-Mono 26 "$receipt" -colors 16

# Black ink on nothing: where it is transparent, its colour is black too.
convert -background 'rgba(0,0,0,0)' -fill black -font DejaVu-Sans -pointsize 30 'label:Ink on nothing at all' -bordercolor 'rgba(0,0,0,0)' -border 24 \
  -depth 8 -strip -define png:exclude-chunks=date,time PNG32:transparent.png
expect transparent.png 'Ink on nothing at all'

# A page in two columns of prose under a headline.
convert \( -background white -fill black -font Liberation-Serif-Bold -pointsize 40 -size 900x -gravity center 'caption:The Harbour Gazette' \) \
  \( \( +size -gravity NorthWest -background white -fill black -font Liberation-Serif -pointsize 24 -interline-spacing 6 'label:The new lighthouse was lit\nfor the first time on Monday.\nIts lamp is seen from twenty\nmiles away in clear weather.' \) \
     \( -size 60x10 xc:white \) \
     \( +size -gravity NorthWest -background white -fill black -font Liberation-Serif -pointsize 24 -interline-spacing 6 'label:Fishing boats returned late\nbecause of heavy fog. All the\ncrews came home safely, and\nthe market opened at noon.' \) +append \) \
  -background white -append -bordercolor white -border 30 -colors 16 -depth 8 -strip -define png:exclude-chunks=date,time columns.png
expect columns.png 'The Harbour Gazette
The new lighthouse was lit
for the first time on Monday.
Its lamp is seen from twenty
miles away in clear weather.
Fishing boats returned late
because of heavy fog. All the
crews came home safely, and
the market opened at noon.'

# A parcel label: names and values in rows, with rules between them, upside down and the right way up.
convert -size 620x360 xc:white -fill none -stroke black -strokewidth 3 -draw 'rectangle 10,10 609,349' -draw 'line 10,90 609,90' -draw 'line 10,270 609,270' \
  -stroke none -fill black -font DejaVu-Sans-Bold -pointsize 40 -draw 'text 30,66 "EXPRESS PARCEL"' \
  -font Liberation-Sans -pointsize 26 -draw 'text 30,135 "From"' -draw 'text 200,135 "Miller Tools Ltd."' -draw 'text 30,190 "To"' -draw 'text 200,190 "12 Orchard Street"' \
  -draw 'text 30,245 "Weight"' -draw 'text 200,245 "7.4 kg"' -font Liberation-Mono-Bold -pointsize 34 -draw 'text 30,322 "JD 0146 8829 3310"' \
  -colors 16 -depth 8 -strip -define png:exclude-chunks=date,time label.png
label='EXPRESS PARCEL
From
Miller Tools Ltd.
To
12 Orchard Street
Weight
7.4 kg
JD 0146 8829 3310'
expect label.png "$label"
convert label.png -rotate 180 -depth 8 -strip -define png:exclude-chunks=date,time label-upside-down.png
expect label-upside-down.png "$label"

convert -size 320x200 xc:white -depth 8 -strip -define png:exclude-chunks=date,time blank.png
expect blank.png ''
head -c 2000 paragraph.png > broken.png
expect broken.png NULL
head -c 9000 letter.jpg > broken.jpg
expect broken.jpg NULL

printf '{\n%s\n}\n' "$entries" > expected.json
